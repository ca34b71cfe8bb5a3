/** What signer and verifier agree on. */
export const ALGORITHM = "EdDSA";
/** The `typ` header (RFC 8725, 3.11): no other kind of token can be passed off as an identity. */
export const TOKEN_TYPE = "identity+jwt";
export const ISSUER = "gantry";
export const AUDIENCE = "gantry";

/** How far the clocks of two machines may differ, in seconds. */
export const CLOCK_TOLERANCE_SEC = 5;
/** The longest a token may live, in seconds: one day, as long as a session. */
export const MAX_LIFETIME_SEC = 86_400;
/** Ours have about 330 characters. A longer one is refused before anything is parsed. */
export const MAX_TOKEN_CHARS = 2048;
