import { randomBytes, randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPortFree } from "@gantry/testing";
import type { Layout, NodePlace } from "./settings.ts";

/**
 * The layout of the cluster in `directory`: what is there wins over `brokers`, because the addresses of the voters are in
 * the data.
 */
export async function layoutOf(directory: string, brokers: number): Promise<Layout> {
  const file = join(directory, "layout.json");
  const kept = await readFile(file, "utf8").catch(() => undefined);
  if (kept !== undefined) return parse(kept);
  const nodes: NodePlace[] = [];
  for (let id = 1; id <= brokers; id++) {
    nodes.push({ id, port: await quietPort(nodes), controllerPort: await quietPort(nodes) });
  }
  const layout: Layout = { clusterId: newClusterId(), nodes };
  await writeFile(file, JSON.stringify(layout));
  return layout;
}

/** We wrote it ourselves. */
const parse = (text: string): Layout => JSON.parse(text);

/**
 * A free port that the kernel gives to nobody by itself: a killed node must find its port again, and clients that try to
 * reach it meanwhile use ports of that other range.
 */
async function quietPort(taken: readonly NodePlace[]): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const mine = taken.some((node) => node.port === port || node.controllerPort === port);
    if (!mine && (await isPortFree(port))) return port;
  }
}

/** 16 bytes in base64url. One that begins with a dash would look like an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? newClusterId() : id;
}
