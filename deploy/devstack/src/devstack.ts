import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type DevelopmentIdentity, openDevelopmentIdentity } from "@gantry/cli";
import { startGuard } from "@gantry/testing";
import { type Databases, openDatabases } from "./databases.ts";
import type { Addresses, Environment } from "./environment.ts";
import { eventEnvironment, makeTopics, needsEventLog } from "./events.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { takeInstanceLock } from "./instance-lock.ts";
import { membersOf } from "./members.ts";
import { createPorts, type Ports } from "./ports.ts";
import type { KeptPostgres } from "./postgres.ts";
import { writeRunFile } from "./run-file.ts";
import { GATEWAY, preferredOpsPort, type ServiceSpec, stopOrder, topology } from "./topology.ts";
import { envoyPath, type GatewayKind, redisUrl } from "./wishes.ts";

/** How to run the system. */
export interface DevstackOptions {
  /** Where it keeps data, keys and its lock. One system per directory. */
  readonly directory: string;
  /** Default: the whole topology. */
  readonly services?: readonly ServiceSpec[];
  /** Variables for every service; they win over computed ones. A `<NAME>_POSTGRES_URL` replaces the embedded database. */
  readonly env?: Environment;
  /** More variables for single services, by name. */
  readonly serviceEnv?: Readonly<Record<string, Environment>>;
  /** Whether data survives a power cut. Default false: fast, for tests. */
  readonly durable?: boolean;
  /** Take the preferred ports where they are free. Default false: all ports are free ones. */
  readonly preferredPorts?: boolean;
  /** Delete the databases of an earlier run first. Default false. */
  readonly fresh?: boolean;
  /** Which gateway: the service of that name on Node, or Envoy. Default: what `GANTRY_GATEWAY` says, `node` without it. */
  readonly gateway?: GatewayKind;
  /** Receives every line of every service as it is written. */
  readonly log?: (service: string, line: string) => void;
  /** Receives what the launcher has to say: crashes, restarts. */
  readonly onEvent?: (text: string) => void;
}

/** A running system. Everything in it ends when this process ends, `kill -9` included. */
export interface Devstack extends Fleet, AsyncDisposable {
  /** Base URL of the gateway: the one address for people. Empty when the topology has none. */
  readonly gateway: string;
  /** Base URL of the own port of each service that has one, by name: behind the gateway, for tests. */
  readonly urls: Readonly<Record<string, string>>;
  /** Base URL of each service's ops port, by name. */
  readonly opsUrls: Readonly<Record<string, string>>;
  /** Signs tokens that the services accept. */
  readonly identity: DevelopmentIdentity;
  /** The variables that say where events travel; empty without a service that has events. */
  readonly events: Environment;
  /** The embedded server; undefined when `env` gives every service its own database. */
  readonly postgres: KeptPostgres | undefined;
  /** Stops services in reverse order of need, then the database, within seconds; idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs the system on this machine, each service as its own process from its own source, and resolves when all are ready.
 * Services that end unasked are started again.
 *
 * @throws Error when a service is not ready within a minute or refuses its configuration; nothing keeps running then.
 * @throws Error when `GANTRY_GATEWAY` is neither `node` nor `envoy`, or `ENVOY_PATH` is missing
 * @throws AlreadyRunningError when a system runs in this directory.
 */
export async function startDevstack(options: DevstackOptions): Promise<Devstack> {
  startGuard();
  const stack = new AsyncDisposableStack();
  try {
    return await start(options, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Puts on `stack` what must be ended, as soon as it exists; the stack ends the latest first. */
async function start(options: DevstackOptions, stack: AsyncDisposableStack): Promise<Devstack> {
  const { directory, services = topology, env = {}, serviceEnv = {} } = options;
  const rounds = stopOrder(services);
  const lock = await takeInstanceLock(join(directory, "launcher.lock"));
  stack.defer(lock.release);
  const names = services.map(({ name }) => name);
  const identity = await openDevelopmentIdentity(join(directory, "identity.json"), names);
  const ports = createPorts({ fixed: options.preferredPorts ?? false });
  const { urls: databases, postgres } = await databasesOf(options, services, ports, stack);
  const events = eventEnvironment(services, env, databases);
  await makeTopics(events);
  const at: Addresses = { ...(await takePorts(services, ports)), databases, events, redisUrl: redisUrl(env) };
  const envoy = envoyPath(options.gateway, env);
  const members = await membersOf({ services, at, identity, env, serviceEnv, directory, envoy });
  const fleet = startFleet(members, {
    log: options.log ?? (() => {}),
    onEvent: options.onEvent ?? (() => {}),
  });
  stack.defer(() => fleet.stop(rounds));
  await fleet.allReady();
  const [urls, opsUrls] = [urlsOf(at.ports), urlsOf(at.opsPorts)];
  const gateway = urls[GATEWAY] ?? "";
  stack.defer(await writeRunFile(directory, { pid: process.pid, gateway, urls, opsUrls }));
  const stop = () => stack.disposeAsync();
  return { ...fleet, gateway, urls, opsUrls, identity, events, postgres, stop, [Symbol.asyncDispose]: stop };
}

async function databasesOf(
  { directory, durable = false, env = {}, fresh, onEvent = () => {} }: DevstackOptions,
  services: readonly ServiceSpec[],
  ports: Ports,
  stack: AsyncDisposableStack,
): Promise<Databases> {
  const data = join(directory, "postgres");
  if (fresh) await rm(data, { recursive: true, force: true });
  const eventLog = needsEventLog(services, env);
  const databases = await openDatabases({ directory: data, durable, ports, env, services, eventLog, onEvent });
  stack.defer(async () => databases.postgres?.stop());
  return databases;
}

async function takePorts(
  services: readonly ServiceSpec[],
  ports: Ports,
): Promise<Pick<Addresses, "ports" | "opsPorts">> {
  const at = { ports: new Map<string, number>(), opsPorts: new Map<string, number>() };
  for (const spec of services) {
    if (spec.speaks !== "nothing") at.ports.set(spec.name, await ports.take(spec.preferredPort));
    at.opsPorts.set(spec.name, await ports.take(preferredOpsPort(spec)));
  }
  return { ports: Object.fromEntries(at.ports), opsPorts: Object.fromEntries(at.opsPorts) };
}

const urlsOf = (ports: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]));
