import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type Broker, createBroker } from "@gantry/messaging";
import { silentLogger } from "@gantry/telemetry";
import { guard, testDatabase } from "@gantry/testing";
import { afterAll } from "vitest";
import { topics } from "./events.ts";
import { identity } from "./fixture.ts";

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
  const broker = createBroker({ eventLogUrl, clientId: "assembly test", topics, logger: silentLogger });
  await broker.admin.createTopics(topics);
  await broker.start();
  afterAll(() => broker.stop());
  return { postgresUrl, eventLogUrl, broker };
}

/** The service as a process of its own, as the launcher starts it. Resolves when it says that it is ready. */
export async function startProcess(
  { postgresUrl, eventLogUrl }: Surroundings,
  more: Readonly<Record<string, string>> = {},
) {
  const databases = { ASSEMBLY_POSTGRES_URL: postgresUrl, EVENTS_POSTGRES_URL: eventLogUrl };
  const child = spawn(process.execPath, ["--conditions=@gantry/source", main], {
    env: { ...identity.env("assembly"), ...databases, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child);
  afterAll(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  const stderr = text(child.stderr);
  for await (const line of createInterface(child.stdout)) if (JSON.parse(line).message === "ready") break;
  child.stdout.resume();
  return { exited, stderr, kill: (signal: NodeJS.Signals) => void child.kill(signal) };
}
