import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually, processStart, type TempDir, tempDir } from "@gantry/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRunFile } from "../src/index.ts";

const script = fileURLToPath(new URL("./fixtures/npm-start.ts", import.meta.url));
let home: TempDir;
const launchers: ChildProcess[] = [];
beforeEach(async () => {
  home = await tempDir();
});
afterEach(async () => {
  for (const launcher of launchers.splice(0)) launcher.kill("SIGKILL");
  await home.remove();
});

function launch(...args: readonly string[]): { child: ChildProcess; text: () => string; ended: Promise<unknown> } {
  const child = spawn(process.execPath, ["--conditions=@gantry/source", script, home.path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  launchers.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  return { child, text: () => text, ended: once(child, "exit").then(([code]) => code) };
}

const ready = (launcher: { text: () => string }) =>
  eventually(() => expect(launcher.text()).toContain("Ready in"), { withinMs: 15_000 });

const pidsIn = (text: string) => [...text.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));

test("prints one table when all is ready, prefixes logs, and one Ctrl-C stops everything in order", async () => {
  const launcher = launch();
  await ready(launcher);
  const run = await readRunFile(home.path);
  const pids = pidsIn(launcher.text());
  expect(launcher.text()).toContain(run?.urls.alpha);
  expect(launcher.text()).toMatch(/^alpha {6}\{"level":"info"/m);
  expect(pids).toHaveLength(3);
  // Twice at once, as npm and the terminal deliver it: still one Ctrl-C.
  launcher.child.kill("SIGINT");
  launcher.child.kill("SIGINT");
  expect(await launcher.ended).toBe(0);
  expect(launcher.text()).toMatch(/stopping;.*\n(.*\n)*alpha.*stopping.*\n(.*\n)*order.*stopping.*\n(.*\n)*.*stopped/);
  await eventually(() => expect(pids.filter((pid) => processStart(pid) !== undefined)).toEqual([]));
});

test("a second start in the same place says who runs already", async () => {
  const first = launch();
  await ready(first);
  const second = launch();
  expect(await second.ended).toBe(2);
  expect(second.text()).toContain(`already running here (pid ${first.child.pid})`);
});

test("Ctrl-C during the start leaves nothing behind", async () => {
  const launcher = launch();
  await eventually(() => expect(launcher.text()).toContain("starting PostgreSQL"));
  launcher.child.kill("SIGINT");
  expect(await launcher.ended).toBe(130);
});

test("--help explains, and an unknown option is refused", async () => {
  const help = launch("--help");
  expect(await help.ended).toBe(0);
  expect(help.text()).toContain("--fresh");
  const typo = launch("--frehs");
  expect(await typo.ended).toBe(1);
  expect(typo.text()).toContain("--frehs");
});
