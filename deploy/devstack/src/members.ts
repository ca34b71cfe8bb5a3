import { machineEnvironment } from "./config.ts";
import { type Addresses, type Environment, type IdentityEnvironment, serviceEnvironment } from "./environment.ts";
import type { Member } from "./fleet.ts";
import { serviceProgram } from "./service/run.ts";
import type { ServiceSpec } from "./topology.ts";

/** What the processes of one system are made of. */
export interface Crew {
  readonly services: readonly ServiceSpec[];
  readonly at: Addresses;
  readonly identity: IdentityEnvironment;
  /** Variables for every service; they win over computed ones. */
  readonly env: Environment;
  /** More variables for single services, by name; these win over all. */
  readonly serviceEnv: Readonly<Record<string, Environment>>;
}

/** One process of its own for each service, from its own source. */
export const membersOf = (crew: Crew): readonly Member[] =>
  crew.services.map((spec) => ({
    name: spec.name,
    program: serviceProgram,
    directory: spec.directory,
    readyUrl: `http://127.0.0.1:${crew.at.opsPorts[spec.name]}/readyz`,
    env: environmentOf(spec, crew),
  }));

const environmentOf = (spec: ServiceSpec, { at, identity, env, serviceEnv }: Crew): Environment => ({
  ...machineEnvironment(),
  ...serviceEnvironment(spec, at, identity),
  ...env,
  ...serviceEnv[spec.name],
});
