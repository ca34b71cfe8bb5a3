import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bufWorkspace, fixtureContracts, readTree, run, tempFolder, template, writeTree } from "./workspace.ts";

/** What `buf generate` makes of the fixture, file by file. `vitest run -u` accepts a change; the diff is the review. */
describe("buf generate", async () => {
  await using folder = await tempFolder();
  await bufWorkspace(folder.path, await fixtureContracts());
  await writeTree(folder.path, { "buf.gen.yaml": template });
  const { code, stderr } = await run("buf", ["generate"], folder.path);
  const files = code === 0 ? await readTree(join(folder.path, "gen")) : new Map<string, string>();

  test("takes the fixture", () => expect(`${code} ${stderr}`).toBe("0 "));

  test("makes exactly these files", () => {
    expect([...files.keys()]).toEqual([
      "asyncapi/asyncapi.yaml",
      "events/registry.ts",
      "openapi/shop/client.ts",
      "openapi/shop/server.ts",
      "openapi/shop/types.ts",
      "openapi/shop/validators.ts",
      "policy/policy.ts",
      "proto/gantry/event/v1/event_pb.ts",
      "proto/gantry/policy/v1/policy_pb.ts",
      "proto/google/api/annotations_pb.ts",
      "proto/google/api/http_pb.ts",
      "proto/shop/v1/events_pb.ts",
      "proto/shop/v1/shop_service_pb.ts",
      "routes/routes.ts",
    ]);
  });

  test.each([...files])("makes %s", async (name, text) => {
    await expect(text).toMatchFileSnapshot(join(import.meta.dirname, "goldens", name));
  });
});
