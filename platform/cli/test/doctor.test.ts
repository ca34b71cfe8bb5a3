import { spawnSync } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@gantry/testing";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What the doctor needs, and nothing else: no dependency is installed there. */
async function bareClone(into: string): Promise<string> {
  for (const path of ["platform/cli/bin", "platform/cli/doctor", "platform/bootstrap", "deploy/devstack/ports.json"]) {
    await mkdir(join(into, path, ".."), { recursive: true });
    await cp(join(root, path), join(into, path), { recursive: true });
  }
  return into;
}

function doctor(clone: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [join(clone, "platform/cli/bin/gantry.mjs"), "doctor", ...args], {
    encoding: "utf8",
  });
}

test("answers in a clone where nothing is installed", async () => {
  await using home = await tempDir();
  const { status, stdout } = doctor(await bareClone(home.path));
  expect(stdout).toContain("not installed yet");
  expect(stdout).toContain("npm start will work here");
  expect(status).toBe(0);
});

test("sees a port that is in use", async () => {
  await using home = await tempDir();
  // Somebody may be running the system here; then the port is in use already, which is as good.
  const server = createServer().on("error", () => {});
  server.listen(9_083, "127.0.0.1");
  const { stdout } = doctor(await bareClone(home.path));
  server.close();
  expect(stdout).toMatch(/payment ops +9083 is in use/);
});

test("says where the Kafka client is missing, and what builds it", async () => {
  await using cache = await tempDir();
  const program = join(root, "platform/cli/bin/gantry.mjs");
  const { stdout } = spawnSync("env", [`GANTRY_CACHE=${cache.path}`, process.execPath, program, "doctor"], {
    encoding: "utf8",
  });
  expect(stdout).toMatch(/Kafka client +not built .* npm run kafka:client/);
});

test("explains itself", async () => {
  expect(doctor(root, "--help").stdout).toContain("npm run doctor");
});
