import { integer, postgresUrl, redisUrl, text } from "./schemas.ts";
import { setting } from "./setting.ts";

/**
 * The database of a service that keeps something: `<PREFIX>_POSTGRES_URL` and `<PREFIX>_POSTGRES_CONNECTIONS`, at least 2
 * since a consumer and a worker must not wait for each other's.
 * @param connections how many connections a replica opens at most, unless the environment says so
 */
export function postgresSettings(prefix: string, { connections }: { readonly connections: number }) {
  const name = prefix.toLowerCase();
  return {
    postgresUrl: setting({
      env: `${prefix}_POSTGRES_URL`,
      schema: postgresUrl(),
      description: "The database of this service.",
      secret: true,
      example: `postgres://${name}:secret@127.0.0.1:5432/${name}`,
    }),
    postgresConnections: setting({
      env: `${prefix}_POSTGRES_CONNECTIONS`,
      schema: integer({ min: 2, max: 200 }).default(connections),
      description: "Database connections of one replica at most, besides those of /readyz and of the relay.",
    }),
  };
}

/** `REDIS_URL`: a Redis, of a service that can do without one. */
export const redisSettings = () => ({
  redisUrl: setting({
    env: "REDIS_URL",
    schema: redisUrl().optional(),
    description: "A Redis, 7.0 or newer; rediss:// for TLS. Unset: what it would keep is in this service's database.",
    secret: true,
    example: "redis://:secret@127.0.0.1:6379",
  }),
});

/** `FP`: where a drill strikes in a service that has such places. */
export const drillSettings = () => ({
  failpoints: setting({
    env: "FP",
    schema: text({ min: 0, max: 1000 }).optional(),
    description: "Failpoints for drills, <name>:<kill|error|delay>:<nth>. Never in production.",
  }),
});
