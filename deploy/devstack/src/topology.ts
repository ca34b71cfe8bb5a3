import { fileURLToPath } from "node:url";
import ports from "../ports.json" with { type: "json" };

/** One service of the system: what it is, not how it runs now. */
export interface ServiceSpec {
  /** Lower-case; its capitals begin its environment variables (`ORDER_…`). */
  readonly name: string;
  /** Absolute path of the folder that holds `src/main.ts`. */
  readonly directory: string;
  /** What its public port speaks: `<NAME>_HTTP_PORT` or `<NAME>_RPC_PORT`. Nobody calls a service that speaks nothing. */
  readonly speaks: "http" | "rpc" | "nothing";
  /** The public port it gets when nobody has it; a free one otherwise. */
  readonly preferredPort: number;
  /** Whether it gets a database of its own, as `<NAME>_POSTGRES_URL`. */
  readonly database: boolean;
  /** Whether it publishes or consumes events: it gets `KAFKA_BROKERS` or `EVENTS_POSTGRES_URL`. */
  readonly events: boolean;
  /** Whether it keeps something in Redis where there is one: it gets `REDIS_URL` when that is set. */
  readonly redis?: boolean;
  /** Whether it signs the identities of people: it gets their private key as `<NAME>_USERS_KEY`. */
  readonly signsPeople?: boolean;
  /** The services it calls: it gets their addresses as `<NAME>_<OTHER>_URL`, and is stopped before they are. */
  readonly needs: readonly string[];
}

const servicesFolder = new URL("../../../services/", import.meta.url);
const folderOf = (name: string) => fileURLToPath(new URL(name, servicesFolder));

/** The service that people's requests come in by. */
export const GATEWAY = "gateway";

/** The system that `npm start` runs. */
export const topology: readonly ServiceSpec[] = [
  {
    name: GATEWAY,
    directory: folderOf("gateway"),
    speaks: "http",
    preferredPort: ports.gateway,
    database: false,
    events: false,
    needs: ["iam", "order", "inventory", "payment"],
  },
  {
    name: "iam",
    directory: folderOf("iam"),
    speaks: "rpc",
    preferredPort: ports.iam,
    database: true,
    events: false,
    redis: true,
    signsPeople: true,
    needs: [],
  },
  {
    name: "order",
    directory: folderOf("order"),
    speaks: "http",
    preferredPort: ports.order,
    database: true,
    events: true,
    needs: ["inventory", "payment"],
  },
  {
    name: "inventory",
    directory: folderOf("inventory"),
    speaks: "rpc",
    preferredPort: ports.inventory,
    database: true,
    events: false,
    needs: [],
  },
  {
    name: "payment",
    directory: folderOf("payment"),
    speaks: "rpc",
    preferredPort: ports.payment,
    database: true,
    events: true,
    needs: [],
  },
  {
    name: "assembly",
    directory: folderOf("assembly"),
    speaks: "nothing",
    preferredPort: ports.assembly,
    database: true,
    events: true,
    needs: [],
  },
  {
    name: "notification",
    directory: folderOf("notification"),
    speaks: "nothing",
    preferredPort: ports.notification,
    database: true,
    events: true,
    needs: ["iam"],
  },
];

/** The ops port is a thousand above the public one. */
export const preferredOpsPort = (spec: ServiceSpec): number => spec.preferredPort + 1_000;

/** Preferred port of the embedded PostgreSQL: not 5432, where a developer's own may be. */
export const preferredPostgresPort = ports.postgres;

/**
 * The services in the order they are stopped: callers before what they call, independent ones together.
 *
 * @throws Error when a service needs one that does not exist, or services need each other in a circle.
 */
export function stopOrder(services: readonly ServiceSpec[]): readonly (readonly string[])[] {
  const names = new Set(services.map(({ name }) => name));
  for (const { name, needs } of services) {
    const unknown = needs.find((need) => !names.has(need));
    if (unknown !== undefined) throw new Error(`${name} needs ${unknown}, which is not among ${[...names].join(", ")}`);
  }
  const rounds: string[][] = [];
  let left = services;
  while (left.length > 0) {
    const needed = new Set(left.flatMap(({ needs }) => needs));
    const round = left.filter(({ name }) => !needed.has(name)).map(({ name }) => name);
    if (round.length === 0) throw new Error(`${[...needed].join(", ")} need each other in a circle`);
    rounds.push(round);
    left = left.filter(({ name }) => !round.includes(name));
  }
  return rounds;
}
