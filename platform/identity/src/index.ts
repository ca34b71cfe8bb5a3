export { authorize } from "./authorize.ts";
export { generateIdentityKeys, type IdentityKeys } from "./generate.ts";
export type { IdentityJwks, IdentityPrivateJwk, IdentityPublicJwk } from "./jwk.ts";
export { IDENTITY_HEADER, type Principal, type ServicePrincipal, type UserPrincipal } from "./principal.ts";
export {
  type LiveSessions,
  SESSIONS_PER_QUESTION,
  SessionWatch,
  type SessionWatchOptions,
  type WatchedSession,
} from "./session-watch.ts";
export {
  createIdentitySigner,
  type IdentitySigner,
  type IdentitySignerOptions,
  type ServiceIdentityOptions,
  serviceIdentity,
} from "./signer.ts";
export { createIdentityVerifier, type IdentityVerifier, type IdentityVerifierOptions } from "./verifier.ts";
