export {
  type DevelopmentIdentity,
  openDevelopmentIdentity,
  readDevelopmentIdentity,
} from "./development-identity.ts";
