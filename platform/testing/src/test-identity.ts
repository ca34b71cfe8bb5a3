import {
  createIdentitySigner,
  generateIdentityKeys,
  type IdentityJwks,
  type IdentityPrivateJwk,
} from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";

/** Identities of a system that exists only in one test: nobody else trusts its keys. */
export interface TestIdentity {
  /** What a verifier needs. */
  readonly jwks: IdentityJwks;
  /** The signing key of a service; throws for a service the identity was not made with. */
  privateJwk(service: string): IdentityPrivateJwk;
  /** A user's token for the `x-gantry-identity` header; a new user, and a new session, when none is named. */
  user(userUuid?: string, sessionUuid?: string): Promise<string>;
  /** A token of service `name` for its calls to `callee`; throws for a service the identity was not made with. */
  service(name: string, callee: string): Promise<string>;
  /** What a service reads from its environment: `IDENTITY_JWKS` and its own `<SVC>_IDENTITY_KEY`. */
  env(service: string): Readonly<Record<string, string>>;
}

/** Makes new keys for users and for each of `services`, and signs with them. Tokens live five minutes. */
export function testIdentity(services: readonly string[] = ["order", "inventory", "payment"]): TestIdentity {
  const { jwks, privateJwks } = generateIdentityKeys(["users", ...services]);
  const privateJwk = (name: string): IdentityPrivateJwk => {
    const found = privateJwks[name];
    if (found === undefined) throw new Error(`no key for "${name}"; there are ${Object.keys(privateJwks).join(", ")}`);
    return found;
  };
  const signer = (name: string) => createIdentitySigner({ privateJwk: privateJwk(name) });
  return {
    jwks,
    privateJwk,
    user: (userUuid = uuidv7(), sessionUuid = uuidv7()) => signer("users").user(userUuid, sessionUuid),
    service: (name, callee) => signer(name).service(callee),
    env: (service) => ({
      IDENTITY_JWKS: JSON.stringify(jwks),
      [`${service.toUpperCase()}_IDENTITY_KEY`]: JSON.stringify(privateJwk(service)),
    }),
  };
}
