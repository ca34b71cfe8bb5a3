import { machineEnvironment } from "./config.ts";
import { type Addresses, type Environment, type IdentityEnvironment, serviceEnvironment } from "./environment.ts";
import { envoyMember } from "./envoy.ts";
import type { Member } from "./fleet.ts";
import { serviceProgram } from "./service/run.ts";
import { GATEWAY, type ServiceSpec } from "./topology.ts";

/** What the processes of one system are made of. */
export interface Crew {
  readonly services: readonly ServiceSpec[];
  readonly at: Addresses;
  readonly identity: IdentityEnvironment;
  /** Variables for every service; they win over computed ones. */
  readonly env: Environment;
  /** More variables for single services, by name; these win over all. */
  readonly serviceEnv: Readonly<Record<string, Environment>>;
  /** Where an Envoy's configuration is written. */
  readonly directory: string;
  /** The Envoy binary that stands in the gateway's place; undefined: the gateway is the service of that name. */
  readonly envoy: string | undefined;
}

/** One process of its own for each service, from its own source; and for the gateway, if need be, an Envoy. */
export const membersOf = (crew: Crew): Promise<readonly Member[]> =>
  Promise.all(
    crew.services.map((spec) => {
      const env = environmentOf(spec, crew);
      if (crew.envoy === undefined || spec.name !== GATEWAY) return member(spec, crew, env);
      return envoyMember({ ...crew, spec, env, program: crew.envoy });
    }),
  );

const member = (spec: ServiceSpec, { at }: Crew, env: Environment): Member => ({
  name: spec.name,
  program: serviceProgram,
  directory: spec.directory,
  readyUrl: `http://127.0.0.1:${at.opsPorts[spec.name]}/readyz`,
  env,
});

const environmentOf = (spec: ServiceSpec, { at, identity, env, serviceEnv }: Crew): Environment => ({
  ...machineEnvironment(),
  ...serviceEnvironment(spec, at, identity),
  ...env,
  ...serviceEnv[spec.name],
});
