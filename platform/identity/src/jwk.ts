import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { AppError } from "@gantry/kernel";
import { KEY_ID_RULE, type KeyOwner, keyOwner } from "./key-owner.ts";

/** A public Ed25519 key (RFC 8037) with the key id that says whom it speaks for. */
export interface IdentityPublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly kid: string;
  readonly x: string;
}

/** The private half. Whoever holds it can speak for the owner named in `kid`. */
export interface IdentityPrivateJwk extends IdentityPublicJwk {
  readonly d: string;
}

/** The public keys that a service trusts (RFC 7517). Without keys every token is refused. */
export interface IdentityJwks {
  readonly keys: readonly IdentityPublicJwk[];
}

/** A key ready for use and its owner. */
export interface OwnedKey {
  readonly key: KeyObject;
  readonly owner: KeyOwner;
}

/** @throws AppError `internal` IDENTITY_KEYS_INVALID for a bad or repeated key id, a malformed key, or a private key. */
export function publicKeys(jwks: IdentityJwks): ReadonlyMap<string, OwnedKey> {
  const keys = new Map<string, OwnedKey>();
  for (const jwk of jwks.keys) {
    if (keys.has(jwk.kid)) throw keysInvalid(`the key id ${jwk.kid} appears twice`);
    if ("d" in jwk) throw keysInvalid(`${jwk.kid} is a private key; only public keys belong here`);
    keys.set(
      jwk.kid,
      owned(jwk, () => createPublicKey({ key: { ...jwk }, format: "jwk" })),
    );
  }
  return keys;
}

/** @throws AppError `internal` IDENTITY_KEYS_INVALID. */
export const privateKey = (jwk: IdentityPrivateJwk): OwnedKey =>
  owned(jwk, () => createPrivateKey({ key: { ...jwk }, format: "jwk" }));

function owned(jwk: IdentityPublicJwk, load: () => KeyObject): OwnedKey {
  const owner = keyOwner(jwk.kid);
  if (owner === undefined) throw keysInvalid(`the key id ${JSON.stringify(jwk.kid)} is not ${KEY_ID_RULE}`);
  const key = attempt(load, jwk.kid);
  if (key.asymmetricKeyType !== "ed25519") throw keysInvalid(`${jwk.kid} is not an Ed25519 key`);
  return { key, owner };
}

function attempt(load: () => KeyObject, kid: string): KeyObject {
  try {
    return load();
  } catch (cause) {
    throw keysInvalid(`${kid} is not a well-formed Ed25519 key`, cause);
  }
}

const keysInvalid = (why: string, cause?: unknown): AppError =>
  new AppError({
    kind: "internal",
    reason: "IDENTITY_KEYS_INVALID",
    message: `The identity keys cannot be used: ${why}.`,
    ...(cause === undefined ? {} : { cause }),
  });
