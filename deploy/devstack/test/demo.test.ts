import { tempDir } from "@gantry/testing";
import { expect, test } from "vitest";
import { createReport } from "../src/demo/report.ts";
import { walk } from "../src/demo/walk.ts";
import { startDevstack } from "../src/index.ts";
import { createPaint } from "../src/logs/paint.ts";

function capturedReport() {
  let text = "";
  const report = createReport((more) => {
    text += more;
  }, createPaint(false));
  return { report, text: () => text };
}

test("the acceptance scenario goes through on the real services, and fails on a system that is wrong", async () => {
  await using home = await tempDir();
  await using system = await startDevstack({ directory: home.path });
  const { identity, urls } = system;
  const tokenOf = (userUuid: string) => identity.token(userUuid);

  const good = capturedReport();
  await walk({ urls, tokenOf }, good.report);
  expect(good.text()).not.toContain("✗");
  expect(good.report.finish()).toBe(true);
  expect(good.text()).toContain("11 steps right, 0 wrong");

  const unsigned = capturedReport();
  await walk({ urls, tokenOf: async () => "not a token" }, unsigned.report);
  expect(unsigned.report.finish()).toBe(false);
  expect(unsigned.text()).toContain("✗ list the parts and take one");

  // Another service answers in place of order.
  const other = capturedReport();
  await walk({ urls: { ...urls, order: urls.payment ?? "" }, tokenOf }, other.report);
  expect(other.report.finish()).toBe(false);
  expect(other.text()).toContain("✗ order two of it");
});

test("a walk without a single step is no success", () => {
  expect(capturedReport().report.finish()).toBe(false);
});
