import type { IdentityJwks, IdentityPrivateJwk } from "@gantry/identity";
import { AppError } from "@gantry/kernel";

/** Where the keys are by convention, and how long they may be kept: far less than a rotation takes. */
const PATH = "/.well-known/jwks.json";
const MAX_AGE_SEC = 300;

/** What is published, and what signs. */
export interface SigningKeys {
  readonly identityJwks: IdentityJwks;
  readonly usersKey: IdentityPrivateJwk;
}

/**
 * The public keys of people's identities, as a document for the ops port. Both of them during a rotation.
 * @throws AppError `failed_precondition` USERS_KEY_UNTRUSTED when nobody would believe what is signed
 */
export function publishedKeys({ identityJwks, usersKey }: SigningKeys) {
  const keys = identityJwks.keys.filter(({ kid }) => kid.startsWith("users:"));
  const isTrusted = keys.some(({ kid, x }) => kid === usersKey.kid && x === usersKey.x);
  if (!isTrusted) throw untrusted(usersKey.kid);
  return { [PATH]: { body: { keys }, maxAgeSec: MAX_AGE_SEC } };
}

const untrusted = (kid: string): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "USERS_KEY_UNTRUSTED",
    message: `IAM_USERS_KEY holds ${JSON.stringify(kid)}, which is not among the users: keys of IDENTITY_JWKS.`,
  });
