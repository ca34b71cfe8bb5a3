import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually, guard } from "@gantry/testing";
import { ownEnvironment } from "../config.ts";
import { runProgram } from "../run-program.ts";
import type { KafkaProgram } from "./install.ts";
import { type Layout, type NodePlace, serverProperties } from "./settings.ts";

const READY_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 30_000;

/** What a node is started from. Its directory is made and formatted when that has not been done. */
export interface NodeOptions {
  readonly program: KafkaProgram;
  readonly layout: Layout;
  readonly node: NodePlace;
  readonly directory: string;
}

/** A running node. */
export interface KafkaNode {
  readonly pid: number;
  /** Ends it in order, by force after half a minute. */
  stop(): Promise<void>;
  /** Ends it as a crash does. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts one node. Resolves when it serves clients. */
export async function startNode(options: NodeOptions): Promise<KafkaNode> {
  const { program, layout, node, directory } = options;
  const settings = join(directory, "server.properties");
  await mkdir(directory, { recursive: true });
  await writeFile(settings, serverProperties(layout, node, directory));
  await format(options, settings);
  const child = spawn(program.command, [...jvm, ...program.args, "kafka.Kafka", settings], {
    detached: true,
    env: ownEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child, { graceMs: 5_000 });
  const log = watch(child);
  try {
    await eventually(() => log.started() && isListening(node.port), { withinMs: READY_WITHIN_MS, everyMs: 50 });
  } catch (cause) {
    await end(child, "SIGKILL");
    throw new Error(`Kafka node ${node.id} did not come up; it said: ${log.tail()}`, { cause });
  }
  return { pid: child.pid ?? 0, stop: () => end(child, "SIGTERM"), kill: () => end(child, "SIGKILL") };
}

const jvm = [
  ...["-Xms128m", "-Xmx384m", "-XX:MaxMetaspaceSize=128m", "-XX:ReservedCodeCacheSize=96m"],
  ...["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=50", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"],
];

/** Writes the cluster's id into an empty data directory: Kafka starts on no other. */
async function format({ program, layout, directory }: NodeOptions, settings: string): Promise<void> {
  if (existsSync(join(directory, "data", "meta.properties"))) return;
  const tool = ["kafka.tools.StorageTool", "format", "-t", layout.clusterId, "-c", settings];
  const args = ["-XX:TieredStopAtLevel=1", "-Xshare:auto", ...program.args, ...tool];
  const { code, text } = await runProgram(program.command, args, ownEnvironment());
  if (code !== 0) throw new Error(`Kafka could not format ${directory}: ${text.slice(-2_000)}`);
}

function watch(child: ChildProcess) {
  let text = "";
  let started = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      text = (text + String(chunk)).slice(-8_000);
      started ||= text.includes("Kafka Server started");
    });
  }
  return {
    tail: () => text,
    started() {
      if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
      return started;
    },
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await gone;
  clearTimeout(timer);
}
