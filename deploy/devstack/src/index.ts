export {
  type Customer,
  logIn,
  newCustomer,
  newRegistration,
  type Registration,
  register,
  transportTo,
} from "./customer.ts";
export { type Devstack, type DevstackOptions, startDevstack } from "./devstack.ts";
export type { Environment } from "./environment.ts";
export type { Fleet } from "./fleet.ts";
export { AlreadyRunningError } from "./instance-lock.ts";
export type { KeptPostgres } from "./postgres.ts";
export { type RunFile, readRunFile } from "./run-file.ts";
export { type ServiceSpec, topology } from "./topology.ts";
