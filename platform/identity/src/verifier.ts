import { AppError, type Clock, isUuid, systemClock } from "@gantry/kernel";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { type IdentityJwks, type OwnedKey, publicKeys } from "./jwk.ts";
import { keyOwner } from "./key-owner.ts";
import type { Principal } from "./principal.ts";
import {
  ALGORITHM,
  AUDIENCE,
  audienceOf,
  CLOCK_TOLERANCE_SEC,
  ISSUER,
  MAX_SERVICE_LIFETIME_SEC,
  MAX_TOKEN_CHARS,
  MAX_USER_LIFETIME_SEC,
  TOKEN_TYPE,
} from "./rules.ts";
import { usersKeysAt } from "./users-keys.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

/** Says who a token speaks for. */
export interface IdentityVerifier {
  /**
   * No token: `undefined`, which only PUBLIC operations accept. A good one: its principal. Anything else:
   * @throws AppError `unauthenticated` IDENTITY_EXPIRED or IDENTITY_INVALID
   */
  verify(token: string | undefined): Promise<Principal | undefined>;
}

export interface IdentityVerifierOptions {
  /** The service that verifies. Other services' identities must be for it. */
  readonly service: string;
  /** The trusted public keys. An empty set refuses every token. */
  readonly jwks: IdentityJwks;
  /**
   * Where more `users:` keys are, an http(s) address of a JWK set: IAM's. It is asked when a token names one that `jwks` has
   * not, once in 5 seconds at most, for 2 seconds at most; without an answer the token is refused. A service's key is never
   * believed from there.
   */
  readonly jwksUrl?: string | undefined;
  readonly clock?: Clock;
  /** How many verified tokens are remembered, at most. Default 10 000, some 10 MB. */
  readonly cacheSize?: number;
}

/**
 * Verifies identities offline, by the trusted keys. A verified token is remembered until it expires, so a repeat
 * costs a map look-up; the same new token verified many times at once is checked once.
 * @throws AppError `internal` IDENTITY_KEYS_INVALID when the keys are malformed, repeated or private
 */
export function createIdentityVerifier(options: IdentityVerifierOptions): IdentityVerifier {
  const clock = options.clock ?? systemClock;
  const find = keyFinder(publicKeys(options.jwks), options.jwksUrl);
  const verified = new VerifiedTokens(options.cacheSize ?? 10_000);
  const running = new Map<string, Promise<Principal>>();

  const check = async (token: string): Promise<Principal> => {
    try {
      const { principal, expiresAtMs } = await verifyToken(token, { find, service: options.service, now: clock.now() });
      if (expiresAtMs > clock.now().getTime()) verified.put(principal, expiresAtMs);
      return principal;
    } finally {
      running.delete(token);
    }
  };

  return {
    async verify(token) {
      if (token === undefined) return undefined;
      if (token.length > MAX_TOKEN_CHARS) throw invalid(`longer than ${MAX_TOKEN_CHARS} characters`);
      const known = verified.get(token, clock.now().getTime());
      if (known !== undefined) return known;
      const pending = running.get(token) ?? check(token);
      running.set(token, pending);
      return pending;
    },
  };
}

/** What a token is held against. */
interface Trust {
  readonly find: JWTVerifyGetKey;
  readonly service: string;
  readonly now: Date;
}

async function verifyToken(token: string, trust: Trust): Promise<{ principal: Principal; expiresAtMs: number }> {
  const { payload, protectedHeader } = await verifySignature(token, trust);
  const owner = keyOwner(protectedHeader.kid ?? "");
  const { exp, iat } = payload;
  if (owner === undefined || exp === undefined || iat === undefined) throw invalid("incomplete");
  const longest = owner.kind === "users" ? MAX_USER_LIFETIME_SEC : MAX_SERVICE_LIFETIME_SEC;
  if (exp - iat > longest) throw invalid(`lives longer than ${longest} seconds`);
  const principal = owner.kind === "users" ? userOf(payload, token) : serviceOf(owner.service, payload, trust, token);
  return { principal: Object.freeze(principal), expiresAtMs: exp * 1000 };
}

async function verifySignature(token: string, { find, service, now }: Trust) {
  try {
    return await jwtVerify<JWTPayload>(token, find, {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
      issuer: ISSUER,
      audience: [AUDIENCE, audienceOf(service)],
      requiredClaims: ["sub", "exp", "iat"],
      maxTokenAge: MAX_SERVICE_LIFETIME_SEC,
      clockTolerance: CLOCK_TOLERANCE_SEC,
      currentDate: now,
    });
  } catch (error) {
    throw error instanceof errors.JWTExpired ? expired(error) : invalid("refused", error);
  }
}

/** Keys by their id: the trusted ones, and people's from the address, which can therefore speak for no service. */
function keyFinder(keys: ReadonlyMap<string, OwnedKey>, jwksUrl: string | undefined): JWTVerifyGetKey {
  const more = jwksUrl === undefined ? undefined : usersKeysAt(jwksUrl);
  return (header, token) => {
    const { kid = "" } = header;
    const found = keys.get(kid);
    if (found !== undefined) return found.key;
    if (more === undefined || keyOwner(kid)?.kind !== "users") throw invalid("signed by an unknown key");
    return more(header, token);
  };
}

// The key decides whom the token may speak for; the token only says for whom it does.

function userOf({ sub, aud, sid }: JWTPayload, token: string): Principal {
  if (aud !== AUDIENCE) throw invalid("for a single service, which no person's is");
  if (sub === undefined || !isUuid(sub)) throw invalid("its subject is not a user");
  if (typeof sid !== "string" || !isUuid(sid)) throw invalid("it names no session");
  return { kind: "user", userUuid: sub, sessionUuid: sid, token };
}

function serviceOf(owner: string, { sub, aud }: JWTPayload, { service }: Trust, token: string): Principal {
  if (aud !== audienceOf(service)) throw invalid("not for this service");
  if (sub !== owner) throw invalid("signed by the key of another service");
  return { kind: "service", service: owner, token };
}

/** Clients learn that it was refused, the log learns why. */
const invalid = (why: string, cause?: unknown): AppError =>
  new AppError({
    kind: "unauthenticated",
    reason: "IDENTITY_INVALID",
    message: "The identity is not valid.",
    meta: { why },
    ...(cause === undefined ? {} : { cause }),
  });

const expired = (cause: unknown): AppError =>
  new AppError({
    kind: "unauthenticated",
    reason: "IDENTITY_EXPIRED",
    message: "The identity has expired. Sign in again.",
    cause,
  });
