import { AppError, type Clock, isUuid, systemClock } from "@gantry/kernel";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { type IdentityJwks, type OwnedKey, publicKeys } from "./jwk.ts";
import type { KeyOwner } from "./key-owner.ts";
import type { Principal } from "./principal.ts";
import {
  ALGORITHM,
  AUDIENCE,
  CLOCK_TOLERANCE_SEC,
  ISSUER,
  MAX_LIFETIME_SEC,
  MAX_TOKEN_CHARS,
  TOKEN_TYPE,
} from "./rules.ts";
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
  /** The trusted public keys. An empty set refuses every token. */
  readonly jwks: IdentityJwks;
  readonly clock?: Clock;
  /** How many verified tokens are remembered, at most. Default 10 000, some 10 MB. */
  readonly cacheSize?: number;
}

/**
 * Verifies identities offline, by the trusted keys alone. A verified token is remembered until it expires, so a repeat
 * costs a map look-up; the same new token verified many times at once is checked once.
 * @throws AppError `internal` IDENTITY_KEYS_INVALID when the keys are malformed, repeated or private
 */
export function createIdentityVerifier(options: IdentityVerifierOptions): IdentityVerifier {
  const clock = options.clock ?? systemClock;
  const keys = publicKeys(options.jwks);
  const verified = new VerifiedTokens(options.cacheSize ?? 10_000);
  const running = new Map<string, Promise<Principal>>();

  const check = async (token: string): Promise<Principal> => {
    try {
      const { principal, expiresAtMs } = await verifyToken(token, keys, clock.now());
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

async function verifyToken(
  token: string,
  keys: ReadonlyMap<string, OwnedKey>,
  now: Date,
): Promise<{ principal: Principal; expiresAtMs: number }> {
  const { payload, protectedHeader } = await verifySignature(token, keys, now);
  const owner = keys.get(protectedHeader.kid ?? "")?.owner;
  const { sub, exp, iat } = payload;
  if (owner === undefined || sub === undefined || exp === undefined || iat === undefined) throw invalid("incomplete");
  if (exp - iat > MAX_LIFETIME_SEC) throw invalid(`lives longer than ${MAX_LIFETIME_SEC} seconds`);
  return { principal: Object.freeze(principalOf(owner, sub, token)), expiresAtMs: exp * 1000 };
}

async function verifySignature(token: string, keys: ReadonlyMap<string, OwnedKey>, now: Date) {
  try {
    return await jwtVerify<JWTPayload>(token, ({ kid }) => trusted(keys, kid), {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["sub", "exp", "iat"],
      maxTokenAge: MAX_LIFETIME_SEC,
      clockTolerance: CLOCK_TOLERANCE_SEC,
      currentDate: now,
    });
  } catch (error) {
    throw error instanceof errors.JWTExpired ? expired(error) : invalid("refused", error);
  }
}

function trusted(keys: ReadonlyMap<string, OwnedKey>, kid: string | undefined) {
  const found = kid === undefined ? undefined : keys.get(kid);
  if (found === undefined) throw invalid("signed by an unknown key");
  return found.key;
}

/** The key decides whom the token may speak for; the token only says for whom it does. */
function principalOf(owner: KeyOwner, subject: string, token: string): Principal {
  if (owner.kind === "service") {
    if (subject !== owner.service) throw invalid("signed by the key of another service");
    return { kind: "service", service: subject, token };
  }
  if (!isUuid(subject)) throw invalid("its subject is not a user");
  return { kind: "user", userUuid: subject, token };
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
