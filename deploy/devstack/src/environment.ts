import type { IdentityPrivateJwk } from "@gantry/identity";
import type { ServiceSpec } from "./topology.ts";

/** The name of the key that signs people's identities. */
const USERS = "users";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** Where everything of one running system is. */
export interface Addresses {
  /** Public port of each service that has one. */
  readonly ports: Readonly<Record<string, number>>;
  /** Ops port of each service. */
  readonly opsPorts: Readonly<Record<string, number>>;
  /** Database URL of each service that has one here. */
  readonly databases: Readonly<Record<string, string>>;
  /** The variables that say where events travel. */
  readonly events: Environment;
  /** A Redis; undefined when sessions are kept in PostgreSQL. */
  readonly redisUrl: string | undefined;
}

/** What signs and verifies identities. */
export interface IdentityEnvironment {
  readonly jwks: object;
  privateJwk(service: string): IdentityPrivateJwk;
}

/** What a service reads to find itself, its database, its neighbours and its keys. */
export function serviceEnvironment(spec: ServiceSpec, at: Addresses, identity: IdentityEnvironment): Environment {
  const prefix = spec.name.toUpperCase();
  const database = at.databases[spec.name];
  const neighbours = spec.needs.map((need) => [
    `${prefix}_${need.toUpperCase()}_URL`,
    `http://127.0.0.1:${at.ports[need]}`,
  ]);
  return {
    ...(spec.speaks === "nothing"
      ? {}
      : { [`${prefix}_${spec.speaks.toUpperCase()}_PORT`]: String(at.ports[spec.name]) }),
    [`${prefix}_OPS_PORT`]: String(at.opsPorts[spec.name]),
    ...(database === undefined ? {} : { [`${prefix}_POSTGRES_URL`]: database }),
    ...Object.fromEntries(neighbours),
    ...(spec.events ? at.events : {}),
    ...(spec.redis && at.redisUrl !== undefined ? { REDIS_URL: at.redisUrl } : {}),
    ...(spec.signsPeople ? { [`${prefix}_USERS_KEY`]: JSON.stringify(identity.privateJwk(USERS)) } : {}),
    IDENTITY_JWKS: JSON.stringify(identity.jwks),
    [`${prefix}_IDENTITY_KEY`]: JSON.stringify(identity.privateJwk(spec.name)),
  };
}
