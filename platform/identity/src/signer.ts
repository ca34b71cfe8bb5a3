import { AppError, type Clock, isUuid, systemClock } from "@gantry/kernel";
import { decodeJwt, SignJWT } from "jose";
import { type IdentityPrivateJwk, privateKey } from "./jwk.ts";
import { ALGORITHM, AUDIENCE, ISSUER, MAX_LIFETIME_SEC, TOKEN_TYPE } from "./rules.ts";

/** Mints identities with one key. */
export interface IdentitySigner {
  /** @throws AppError `internal` IDENTITY_KEY_MISUSE when the key is not one for users, or the id not a UUID. */
  user(userUuid: string): Promise<string>;
  /** @throws AppError `internal` IDENTITY_KEY_MISUSE when the key is not one of a service. */
  service(): Promise<string>;
}

export interface IdentitySignerOptions {
  readonly privateJwk: IdentityPrivateJwk;
  readonly clock?: Clock;
  /** How long a token lives, in seconds: 1 to 86 400. Default 300. */
  readonly ttlSec?: number;
}

/** @throws AppError `internal` IDENTITY_KEYS_INVALID for a malformed key or a life-time out of bounds. */
export function createIdentitySigner(options: IdentitySignerOptions): IdentitySigner {
  const { clock = systemClock, ttlSec = 300 } = options;
  if (!Number.isInteger(ttlSec) || ttlSec < 1 || ttlSec > MAX_LIFETIME_SEC) throw badLifetime(ttlSec);
  const { key, owner } = privateKey(options.privateJwk);

  const sign = (subject: string): Promise<string> => {
    const now = Math.floor(clock.now().getTime() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid: options.privateJwk.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + ttlSec)
      .sign(key);
  };

  return {
    async user(userUuid) {
      if (owner.kind !== "users") throw misuse("Only a users: key signs identities of users.");
      if (!isUuid(userUuid)) throw misuse(`${JSON.stringify(userUuid)} is not the UUID of a user.`);
      return sign(userUuid);
    },
    async service() {
      if (owner.kind !== "service") throw misuse("Only a service: key signs the identity of a service.");
      return sign(owner.service);
    },
  };
}

/**
 * A source of a service's own identity: signs one, hands out the same until a third of its life is left, then the next.
 * Concurrent callers share one signature.
 */
export function serviceIdentity(signer: IdentitySigner, clock: Clock = systemClock): () => Promise<string> {
  let current: Promise<string> | undefined;
  let renewAtMs = 0;

  const renew = async (): Promise<string> => {
    const token = await signer.service();
    renewAtMs = renewalTime(token);
    return token;
  };

  return () => {
    if (current !== undefined && clock.now().getTime() < renewAtMs) return current;
    renewAtMs = Number.POSITIVE_INFINITY;
    current = renew().catch((error: unknown) => {
      current = undefined;
      throw error;
    });
    return current;
  };
}

function renewalTime(token: string): number {
  const { iat = 0, exp = 0 } = decodeJwt(token);
  return (iat + ((exp - iat) * 2) / 3) * 1000;
}

const misuse = (message: string): AppError =>
  new AppError({ kind: "internal", reason: "IDENTITY_KEY_MISUSE", message });

const badLifetime = (ttlSec: number): AppError =>
  new AppError({
    kind: "internal",
    reason: "IDENTITY_KEYS_INVALID",
    message: `A token cannot live for ${ttlSec} seconds; allowed are 1 to ${MAX_LIFETIME_SEC}.`,
  });
