import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { tempDir } from "@gantry/testing";
import { expect, test, vi } from "vitest";
import { createReport } from "../src/demo/report.ts";
import { walk } from "../src/demo/walk.ts";
import { firstSteps } from "../src/first-steps.ts";
import { startDevstack } from "../src/index.ts";
import { createPaint } from "../src/logs/paint.ts";

/** Three orders that wait for each other's services, on a machine that runs other tests as well. */
vi.setConfig({ testTimeout: 150_000 });

const run = promisify(execFile);
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function capturedReport() {
  let text = "";
  const report = createReport((more) => {
    text += more;
  }, createPaint(false));
  return { report, text: () => text };
}

test("the acceptance scenario goes through on the real services, and fails on a system that is wrong", async () => {
  await using home = await tempDir();
  await using system = await startDevstack({
    directory: home.path,
    serviceEnv: { assembly: { ASSEMBLY_MIN_MS: "200", ASSEMBLY_MAX_MS: "1000" } },
  });
  const { gateway, urls } = system;
  const notifications = async () => system.logs("notification");

  const good = capturedReport();
  await walk({ gateway, notifications }, good.report);
  expect(good.text()).not.toContain("✗");
  expect(good.report.finish()).toBe(true);
  expect(good.text()).toContain("22 steps right, 0 wrong");

  // A service answers in place of the gateway: it knows people, and takes no session for an identity.
  const other = capturedReport();
  await walk({ gateway: urls.iam ?? "", notifications }, other.report);
  expect(other.report.finish()).toBe(false);
  expect(other.text()).toContain("✗ without a session nothing is open");

  // What the launcher prints for a person to try works as it stands.
  if (!hasCurl) return;
  const { stdout } = await run("sh", ["-c", firstSteps(gateway).join("\n")]);
  const [registered, orders] = stdout.trim().split("\n");
  expect(JSON.parse(registered ?? "")).toEqual({ userUuid: expect.stringMatching(uuid) });
  expect(JSON.parse(orders ?? "")).toEqual({ orders: [] });
});

test("a walk without a single step is no success", () => {
  expect(capturedReport().report.finish()).toBe(false);
});
