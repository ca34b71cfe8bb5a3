import { AppError, type Clock, isUuid, systemClock } from "@gantry/kernel";
import { decodeJwt, type JWTPayload, SignJWT } from "jose";
import { type IdentityPrivateJwk, privateKey } from "./jwk.ts";
import {
  ALGORITHM,
  AUDIENCE,
  audienceOf,
  ISSUER,
  MAX_SERVICE_LIFETIME_SEC,
  MAX_USER_LIFETIME_SEC,
  TOKEN_TYPE,
} from "./rules.ts";

/** Mints identities with one key. */
export interface IdentitySigner {
  /**
   * A person's, for all services.
   * @throws AppError `internal` IDENTITY_KEY_MISUSE when the key is not one for users, or an id not a UUID
   */
  user(userUuid: string, sessionUuid: string): Promise<string>;
  /**
   * The service's own, for one other service.
   * @throws AppError `internal` IDENTITY_KEY_MISUSE when the key is not one of a service
   */
  service(callee: string): Promise<string>;
}

export interface IdentitySignerOptions {
  readonly privateJwk: IdentityPrivateJwk;
  readonly clock?: Clock;
  /** How long a token lives, in seconds: 1 to 900 for a person's, to 7 776 000 (90 days) for a service's. Default 300. */
  readonly ttlSec?: number;
}

/** @throws AppError `internal` IDENTITY_KEYS_INVALID for a malformed key or a life-time out of bounds. */
export function createIdentitySigner(options: IdentitySignerOptions): IdentitySigner {
  const { clock = systemClock, ttlSec = 300 } = options;
  const { key, owner } = privateKey(options.privateJwk);
  const longest = owner.kind === "users" ? MAX_USER_LIFETIME_SEC : MAX_SERVICE_LIFETIME_SEC;
  if (!Number.isInteger(ttlSec) || ttlSec < 1 || ttlSec > longest) throw badLifetime(ttlSec, longest);

  const sign = (subject: string, audience: string, claims: JWTPayload = {}): Promise<string> => {
    const now = Math.floor(clock.now().getTime() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid: options.privateJwk.kid })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + ttlSec)
      .sign(key);
  };

  return {
    async user(userUuid, sessionUuid) {
      if (owner.kind !== "users") throw misuse("Only a users: key signs identities of users.");
      if (!isUuid(userUuid)) throw misuse(`${JSON.stringify(userUuid)} is not the UUID of a user.`);
      if (!isUuid(sessionUuid)) throw misuse(`${JSON.stringify(sessionUuid)} is not the UUID of a session.`);
      return sign(userUuid, AUDIENCE, { sid: sessionUuid });
    },
    async service(callee) {
      if (owner.kind !== "service") throw misuse("Only a service: key signs the identity of a service.");
      return sign(owner.service, audienceOf(callee));
    },
  };
}

export interface ServiceIdentityOptions {
  readonly signer: IdentitySigner;
  /** The service that is called. */
  readonly callee: string;
  readonly clock?: Clock;
}

/**
 * A source of a service's own identity for its calls to one other: signs one, hands out the same until a third of its life
 * is left, then the next. Concurrent callers share one signature.
 */
export function serviceIdentity({
  signer,
  callee,
  clock = systemClock,
}: ServiceIdentityOptions): () => Promise<string> {
  let current: Promise<string> | undefined;
  let renewAtMs = 0;

  const renew = async (): Promise<string> => {
    const token = await signer.service(callee);
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

const badLifetime = (ttlSec: number, longest: number): AppError =>
  new AppError({
    kind: "internal",
    reason: "IDENTITY_KEYS_INVALID",
    message: `A token cannot live for ${ttlSec} seconds; allowed are 1 to ${longest}.`,
  });
