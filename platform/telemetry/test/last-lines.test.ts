import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const fixture = fileURLToPath(new URL("./fixtures/last-lines.ts", import.meta.url));

const start = (how: string) =>
  spawn(process.execPath, ["--conditions=@gantry/source", fixture, how], { stdio: ["ignore", "pipe", "ignore"] });

test.each([
  ["comes to its end", "end", 5000],
  ["exits", "exit", 5000],
  ["exits and logs even then", "exit late", 5001],
  ["fails with an uncaught error", "throw", 5000],
  ["is killed after an error was logged", "kill", 5001],
])("the last line is there when a process %s", async (_what, how, last) => {
  const child = start(how);
  const ended = once(child, "exit");
  const lines: string[] = [];
  let rest = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  }
  await ended;
  const numbers = lines.map((line) => JSON.parse(line).line);
  expect(numbers).toEqual(Array.from({ length: last }, (_, index) => index + 1));
});

test("a process goes on when nobody reads its log any more", async () => {
  const child = start("exit");
  child.stdout.destroy();
  const [code] = await once(child, "exit");
  expect(code).toBe(3);
});

test("a line does not wait for the next", async () => {
  const child = start("wait");
  const lines = createInterface({ input: child.stdout });
  let last = 0;
  for await (const line of lines) {
    last = JSON.parse(line).line;
    if (last === 5000) break;
  }
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(last).toBe(5000);
});
