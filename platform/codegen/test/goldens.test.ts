import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accessPlugin } from "../src/access/plugin.ts";
import { asyncApiPlugin } from "../src/asyncapi/plugin.ts";
import { envoyPlugin } from "../src/envoy/plugin.ts";
import { eventsPlugin } from "../src/events/plugin.ts";
import { openApiPlugin } from "../src/openapi-server/plugin.ts";
import type { Plugin } from "../src/plugin/plugin.ts";
import { policyPlugin } from "../src/policy/plugin.ts";
import { routesPlugin } from "../src/routes/plugin.ts";
import { runPluginOn } from "./proto-input.ts";
import { bufWorkspace, fixtureContracts, readTree, run, tempFolder, template, writeTree } from "./workspace.ts";

const goldens = join(import.meta.dirname, "goldens");

/** Each plugin by the folder it writes to. */
const plugins: Readonly<Record<string, Plugin>> = {
  events: eventsPlugin,
  asyncapi: asyncApiPlugin,
  policy: policyPlugin,
  routes: routesPlugin,
  envoy: envoyPlugin,
  access: accessPlugin,
  openapi: openApiPlugin,
};

/** What the plugins make of the fixture, file by file. `vitest run -u` accepts a change; the diff is the review. */
describe.each(Object.entries(plugins))("the plugin for gen/%s", async (out, plugin) => {
  const files = await runPluginOn(plugin, await fixtureContracts());

  test.each(files.map(({ name, content }) => [name, content]))("makes %s", async (name, content) => {
    await expect(content).toMatchFileSnapshot(join(goldens, out, name));
  });
});

test("buf generate makes exactly the goldens, file set included, and the same again", async () => {
  await using folder = await tempFolder();
  await bufWorkspace(folder.path, await fixtureContracts());
  await writeTree(folder.path, { "buf.gen.yaml": template });
  for (let time = 0; time < 2; time++) {
    expect(await run("buf", ["generate"], folder.path)).toEqual({ code: 0, stdout: "", stderr: "" });
    const made = await readTree(join(folder.path, "gen"));
    for (const [name, text] of made) await expect(text).toMatchFileSnapshot(join(goldens, name));
    expect([...made.keys()]).toEqual([...(await readTree(goldens)).keys()]);
  }
});
