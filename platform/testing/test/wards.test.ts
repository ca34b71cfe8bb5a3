import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { processStart, tempDir } from "../src/index.ts";
import { createWards } from "../src/wards.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process that ends with the code of the signal it heard, or stays if it is `deaf`. */
async function start(deaf = false): Promise<ChildProcess & { readonly pid: number }> {
  const hear = deaf
    ? ""
    : 'process.on("SIGTERM", () => process.exit(15)); process.on("SIGINT", () => process.exit(2));';
  const ignore = deaf ? 'process.on("SIGTERM", () => {});' : "";
  const child = spawn(process.execPath, ["-e", `${hear}${ignore}setInterval(() => {}, 1000); console.log("up")`]);
  children.push(child);
  await once(child.stdout, "data");
  return Object.assign(child, { pid: child.pid ?? 0 });
}

test("each ward gets the signal it was given with", async () => {
  const [one, other] = [await start(), await start()];
  const wards = createWards();
  wards.obey(JSON.stringify({ pid: one.pid, signal: "SIGTERM", graceMs: 5_000 }));
  wards.obey(JSON.stringify({ pid: other.pid, signal: "SIGINT", graceMs: 5_000 }));
  await wards.endAll();
  expect([one.exitCode, other.exitCode]).toEqual([15, 2]);
});

test("a ward that does not go by its deadline is killed", async () => {
  const child = await start(true);
  const wards = createWards();
  wards.obey(JSON.stringify({ pid: child.pid, signal: "SIGTERM", graceMs: 100 }));
  const gone = once(child, "exit");
  await wards.endAll();
  await gone;
  expect(child.signalCode).toBe("SIGKILL");
});

test("what was forgotten is left alone", async () => {
  const child = await start();
  const wards = createWards();
  wards.obey(JSON.stringify({ pid: child.pid, signal: "SIGTERM", graceMs: 0 }));
  wards.obey(JSON.stringify({ pid: child.pid, forget: true }));
  await wards.endAll();
  expect(processStart(child.pid)).toBeDefined();
});

test("folders are deleted, unless they were forgotten", async () => {
  await using home = await tempDir();
  const [lost, kept] = [join(home.path, "lost"), join(home.path, "kept")];
  const wards = createWards();
  for (const folder of [lost, kept]) {
    await mkdir(join(folder, "deep"), { recursive: true });
    wards.obey(JSON.stringify({ folder }));
  }
  wards.obey(JSON.stringify({ folder: kept, forget: true }));
  await wards.endAll();
  expect(await readdir(home.path)).toEqual(["kept"]);
});

test.each(["", "{", "null", "7", "{}", '{"pid":"1"}', `{"pid":${2 ** 22 + 1},"signal":"SIGTERM"}`])(
  "%j is no order",
  async (line) => {
    const wards = createWards();
    wards.obey(line);
    await wards.endAll();
  },
);
