export { type DevelopmentIdentity, openDevelopmentIdentity } from "./development-identity.ts";
