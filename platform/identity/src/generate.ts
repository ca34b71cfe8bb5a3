import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { AppError } from "@gantry/kernel";
import type { IdentityJwks, IdentityPrivateJwk } from "./jwk.ts";
import { keyOwner } from "./key-owner.ts";

export interface IdentityKeys<Name extends string> {
  /** The private key of each name. Hand each to its owner only. */
  readonly privateJwks: Readonly<Record<Name, IdentityPrivateJwk>>;
  /** All public keys, for everyone. */
  readonly jwks: IdentityJwks;
}

/**
 * New keys for a whole system: `"users"` names the key that signs people's identities (kid `users:1`), any other name is
 * a service's (kid `service:<name>`), if need be with a generation behind it (`order:2`).
 * @throws AppError `internal` IDENTITY_KEYS_INVALID for a name that is not lower-case kebab
 */
export function generateIdentityKeys<Name extends string>(names: readonly Name[]): IdentityKeys<Name> {
  const entries = names.map((name): [Name, IdentityPrivateJwk] => [name, generate(name)]);
  return {
    privateJwks: Object.fromEntries(entries) as Record<Name, IdentityPrivateJwk>,
    jwks: { keys: entries.map(([, { kty, crv, kid, x }]) => ({ kty, crv, kid, x })) },
  };
}

function generate(name: string): IdentityPrivateJwk {
  const kid = name === "users" ? "users:1" : `service:${name}`;
  const { x, d }: JsonWebKey = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  if (keyOwner(kid) === undefined || x === undefined || d === undefined) throw badName(name);
  return { kty: "OKP", crv: "Ed25519", kid, x, d };
}

const badName = (name: string): AppError =>
  new AppError({
    kind: "internal",
    reason: "IDENTITY_KEYS_INVALID",
    message: `${JSON.stringify(name)} is not a service name: lower-case letters, digits and dashes.`,
  });
