import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Layout, type NodePlace, serverProperties } from "../src/kafka/settings.ts";
import { redisConf } from "../src/redis/settings.ts";

const compose = readFileSync(new URL("../../compose/core/compose.yaml", import.meta.url), "utf8");
/** What differs where every node is a container of its own. */
const ofPlaces = /^(node\.id|controller\.|listener|advertised\.|inter\.broker|log\.dirs)/;

const nodes: readonly NodePlace[] = [1, 2, 3].map((id) => ({ id, port: id, controllerPort: id + 3 }));

test.each([
  ["one broker", { clusterId: "x", nodes: nodes.slice(0, 1) }],
  ["three brokers", { clusterId: "x", nodes }],
] satisfies [string, Layout][])("the compose file gives %s the settings that are tested here", (_, layout) => {
  const [node] = layout.nodes;
  if (node === undefined) throw new Error("no node");
  const properties = serverProperties(layout, node, "/data").trim().split("\n");
  for (const property of properties.filter((line) => !ofPlaces.test(line))) {
    const [key = "", value = ""] = property.split("=");
    const name = `KAFKA_${key.toUpperCase().replaceAll(".", "_")}`;
    expect(compose).toMatch(new RegExp(`^ +${name}: "?${value}"?$`, "m"));
  }
});

test("the compose file gives Redis the settings that are tested here", () => {
  const conf = redisConf({ port: 1, directory: "/data", password: undefined }).trim().split("\n");
  for (const line of conf.filter((each) => !/^(bind|port|protected-mode|daemonize|dir) /.test(each)))
    expect(compose).toContain(`\n      --${line}\n`);
});
