/** What signer and verifier agree on. */
export const ALGORITHM = "EdDSA";
/** The `typ` header (RFC 8725, 3.11): no other kind of token can be passed off as an identity. */
export const TOKEN_TYPE = "identity+jwt";
export const ISSUER = "gantry";
/** Whom a person's identity is for: every service of the system, since they hand it on to each other. */
export const AUDIENCE = "gantry";
/** Whom a service's identity is for: the one service it calls, which therefore cannot use it against a third one. */
export const audienceOf = (service: string): string => `${AUDIENCE}:${service}`;

/** How far the clocks of two machines may differ, in seconds. */
export const CLOCK_TOLERANCE_SEC = 5;
/** The longest a person's token may live, in seconds: it outlives their log-out. */
export const MAX_USER_LIFETIME_SEC = 900;
/** The longest a service's token may live, in seconds: 90 days, for a gateway that cannot sign and is given one. */
export const MAX_SERVICE_LIFETIME_SEC = 7_776_000;
/** Ours have about 330 characters. A longer one is refused before anything is parsed. */
export const MAX_TOKEN_CHARS = 2048;
