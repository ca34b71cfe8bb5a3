import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { eventually, processStart } from "../src/index.ts";

const guardian = fileURLToPath(new URL("./fixtures/guardian.ts", import.meta.url));

async function startGuardian(mode: string): Promise<{ child: ChildProcess; pids: number[] }> {
  const child = spawn(process.execPath, ["--conditions=@gantry/source", guardian, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return { child, pids: String(line).split(" ").map(Number) };
}

const dataDirectories = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("gantry-postgres-"));

const running = (pids: readonly number[]) => pids.filter((pid) => processStart(pid) !== undefined);

test.each(["polite", "stubborn", "group", "postgres"])(
  "kill -9 of the parent takes its %s children along",
  async (mode) => {
    const { child, pids } = await startGuardian(mode);
    expect(running(pids)).toEqual(pids);
    child.kill("SIGKILL");
    await eventually(() => running(pids).length === 0, { withinMs: 20_000 });
  },
);

test("kill -9 of the parent takes the temporary data directory along", async () => {
  const before = await dataDirectories();
  const { child, pids } = await startGuardian("postgres");
  const made = (await dataDirectories()).filter((name) => !before.includes(name));
  expect(made.length).toBeGreaterThan(0);
  child.kill("SIGKILL");
  await eventually(() => running(pids).length === 0, { withinMs: 20_000 });
  const left = async () => (await dataDirectories()).filter((name) => made.includes(name));
  // Another test may have made one at the same time; that one stays.
  await eventually(async () => expect((await left()).length).toBeLessThan(made.length));
});

test("a normal end of the parent takes its children along as well", async () => {
  const { child, pids } = await startGuardian("polite");
  child.kill("SIGTERM");
  await eventually(() => running(pids).length === 0, { withinMs: 20_000 });
});

test("a child that the parent let go lives on", async () => {
  const { child, pids } = await startGuardian("unguarded");
  const [pid = 0] = pids;
  try {
    child.kill("SIGKILL");
    await once(child, "exit");
    // The guard of this parent ends after it has dealt with its wards; only then does a survivor mean something.
    await eventually(() => running(pids.slice(1)).length === 0);
    expect(running([pid])).toEqual([pid]);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

test("a guard keeps its process running no longer than it would", async () => {
  const child = spawn(process.execPath, ["--conditions=@gantry/source", guardian, "idle"], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
});
