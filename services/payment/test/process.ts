import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { events } from "@gantry/gen/events/registry";
import { type Broker, createBroker, topicSpecs } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { guard, type TestIdentity, testDatabase } from "@gantry/testing";
import { afterAll } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** What a service that is killed leaves behind for the next one. */
export interface Surroundings {
  readonly postgresUrl: string;
  readonly eventLogUrl: string;
  /** Another member of the same embedded log. */
  readonly broker: Broker;
}

/** An empty database, and an embedded log with its topics. Closed after the file. */
export async function surroundings(): Promise<Surroundings> {
  const [{ url: postgresUrl }, { url: eventLogUrl }] = [await testDatabase(), await testDatabase()];
  const broker = createBroker({ eventLogUrl, clientId: "payment test", topics: [], logger: silentLogger });
  await broker.start();
  afterAll(() => broker.stop());
  await broker.admin.createTopics(topicSpecs(events, ["order.events.v1", "payment.events.v1"]));
  return { postgresUrl, eventLogUrl, broker };
}

export interface RunningProcess {
  readonly url: string;
  /** Resolves with code and signal when the process has ended. */
  readonly exited: Promise<unknown[]>;
  /** All of it, once the process has ended. */
  readonly stderr: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** The service as a process of its own, as the launcher starts it. Resolves when it says that it is ready. */
export async function startProcess(
  { postgresUrl, eventLogUrl }: Surroundings,
  identity: TestIdentity,
  failpoints = "",
): Promise<RunningProcess> {
  const env = {
    ...identity.env("payment"),
    PAYMENT_POSTGRES_URL: postgresUrl,
    EVENTS_POSTGRES_URL: eventLogUrl,
    FP: failpoints,
  };
  const child = spawn(process.execPath, ["--conditions=@gantry/source", main], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child);
  afterAll(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const stderr = text(child.stderr);
  const url = `http://127.0.0.1:${await readyPort(child)}`;
  return { url, exited, stderr, kill: (signal) => void child.kill(signal) };
}

async function readyPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("stdout is not piped");
  for await (const line of createInterface(child.stdout)) {
    const { message, ports } = JSON.parse(line);
    if (message === "ready") return ports.rpc;
  }
  throw new Error("the service ended before it was ready");
}
