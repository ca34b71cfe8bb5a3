import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, processStart, type TempDir, tempDir } from "@gantry/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readRunFile } from "../src/index.ts";

/** A machine that runs other tests as well may take its time. */
vi.setConfig({ testTimeout: 80_000 });

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

const launch = (...args: readonly string[]) => launchProgram("", ...args);

/** `program` is a folder with `src/main.ts`; the echo fixture when it is empty. */
function launchProgram(
  program: string,
  ...args: readonly string[]
): { child: ChildProcess; text: () => string; ended: Promise<unknown> } {
  const child = spawn(process.execPath, ["--conditions=@gantry/source", script, home.path, program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  launchers.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  return { child, text: () => text, ended: once(child, "exit").then(([code]) => code) };
}

const ready = (launcher: { text: () => string }) =>
  eventually(() => expect(launcher.text()).toContain("Ready in"), { withinMs: 30_000 });

const pidsIn = (text: string) => [...text.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));

test("prints one address and one table when all is ready, prefixes logs, and one Ctrl-C stops everything in order", async () => {
  const launcher = launch();
  await ready(launcher);
  const run = await readRunFile(home.path);
  const pids = pidsIn(launcher.text());
  expect(launcher.text()).toContain(`${run?.gateway}/readyz`);
  expect(launcher.text()).not.toContain(run?.urls.alpha);
  expect(launcher.text()).toMatch(/^alpha {8}\{"level":"info"/m);
  expect(pids).toHaveLength(4);
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

test("a second Ctrl-C, later, kills what does not want to stop", async () => {
  vi.stubEnv("FIXTURE_DEAF", "1");
  const launcher = launch();
  vi.unstubAllEnvs();
  await ready(launcher);
  const pids = pidsIn(launcher.text());
  launcher.child.kill("SIGINT");
  await eventually(() => expect(launcher.text()).toMatch(/alpha.*"message":"stopping"/));
  // Half a second must pass: until then it would count as the same Ctrl-C.
  const again = () => {
    launcher.child.kill("SIGINT");
    return launcher.child.exitCode !== null;
  };
  await eventually(again, { everyMs: 100 });
  expect(await launcher.ended).toBe(130);
  await eventually(() => expect(pids.filter((pid) => processStart(pid) !== undefined)).toEqual([]));
});

test("--watch starts services again when their source changes, and only then", async () => {
  const program = join(home.path, "program");
  await cp(fileURLToPath(new URL("./fixtures/echo", import.meta.url)), program, { recursive: true });
  const launcher = launchProgram(program, "--watch");
  await ready(launcher);
  await writeFile(join(program, "src", "main.test.ts"), "// tests do not matter");
  await writeFile(join(program, "notes.md"), "neither do notes");
  expect(launcher.text()).not.toContain("starting it again");
  await appendFile(join(program, "src", "main.ts"), 'say("changed");\n');
  // Node's watcher of a whole tree may still be on its way through it: a change that came too early is made again.
  const touch = async () => {
    await appendFile(join(program, "src", "main.ts"), "\n");
    expect(launcher.text()).toContain("alpha is ready again");
  };
  await eventually(touch, { withinMs: 40_000, everyMs: 3000 });
  expect(launcher.text()).toContain('"message":"changed"');
});

test("--help explains, and an unknown option is refused", async () => {
  const help = launch("--help");
  expect(await help.ended).toBe(0);
  expect(help.text()).toContain("--fresh");
  const typo = launch("--frehs");
  expect(await typo.ended).toBe(1);
  expect(typo.text()).toContain("--frehs");
});
