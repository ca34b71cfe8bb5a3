import { tempDir } from "@gantry/testing";
import { expect, test, vi } from "vitest";
import { createReport } from "../src/demo/report.ts";
import { walk } from "../src/demo/walk.ts";
import { startDevstack } from "../src/index.ts";
import { createPaint } from "../src/logs/paint.ts";

/** Three orders that wait for each other's services, on a machine that runs other tests as well. */
vi.setConfig({ testTimeout: 150_000 });

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
  const { identity, urls } = system;
  const tokenOf = (userUuid: string) => identity.token(userUuid);
  const notifications = async () => system.logs("notification");

  const good = capturedReport();
  await walk({ urls, tokenOf, notifications }, good.report);
  expect(good.text()).not.toContain("✗");
  expect(good.report.finish()).toBe(true);
  expect(good.text()).toContain("18 steps right, 0 wrong");

  const unsigned = capturedReport();
  await walk({ urls, tokenOf: async () => "not a token", notifications }, unsigned.report);
  expect(unsigned.report.finish()).toBe(false);
  expect(unsigned.text()).toContain("✗ list the parts and take one");

  // Another service answers in place of order.
  const other = capturedReport();
  await walk({ urls: { ...urls, order: urls.payment ?? "" }, tokenOf, notifications }, other.report);
  expect(other.report.finish()).toBe(false);
  expect(other.text()).toContain("✗ order two of it");
});

test("a walk without a single step is no success", () => {
  expect(capturedReport().report.finish()).toBe(false);
});
