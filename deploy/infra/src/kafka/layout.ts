import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { quietPort } from "../quiet-port.ts";
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
    const taken = nodes.flatMap(({ port, controllerPort }) => [port, controllerPort]);
    const port = await quietPort(taken);
    nodes.push({ id, port, controllerPort: await quietPort([...taken, port]) });
  }
  const layout: Layout = { clusterId: newClusterId(), nodes };
  await writeFile(file, JSON.stringify(layout));
  return layout;
}

/** We wrote it ourselves. */
const parse = (text: string): Layout => JSON.parse(text);

/** 16 bytes in base64url. One that begins with a dash would look like an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? newClusterId() : id;
}
