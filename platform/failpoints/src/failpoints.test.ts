import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { createFailpoints } from "./failpoints.ts";

/** Runs a program that hits `a.b` twice and says so, in its own process. */
async function drill(env: Record<string, string>): Promise<{ stdout: string; stderr: string; signal: string | null }> {
  const index = new URL("./index.ts", import.meta.url).href;
  const program = `
    const { createFailpoints } = await import(${JSON.stringify(index)});
    const failpoints = createFailpoints(process.env.FP);
    await failpoints.hit("a.b"); process.stdout.write("one ");
    await failpoints.hit("a.b"); process.stdout.write("two");`;
  const child = spawn(process.execPath, ["--conditions=@gantry/source", "--input-type=module", "-e", program], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { stdout, stderr, signal };
}

describe("failpoints", () => {
  test("do nothing when nothing is armed", async () => {
    for (const spec of [undefined, ""]) await expect(createFailpoints(spec).hit("a.b")).resolves.toBeUndefined();
  });

  test("throw unavailable at the nth hit and at no other", async () => {
    const failpoints = createFailpoints("a.b:error:2");
    await failpoints.hit("a.b");
    await failpoints.hit("c.d");
    await expect(failpoints.hit("a.b")).rejects.toMatchObject({ kind: "unavailable", reason: "FAILPOINT" });
    await failpoints.hit("a.b");
  });

  test("delay by the given time", async () => {
    const failpoints = createFailpoints("a.b:delay:1:60");
    const start = performance.now();
    await failpoints.hit("a.b");
    expect(performance.now() - start).toBeGreaterThan(55);
  });

  test("several can be armed at once", async () => {
    const failpoints = createFailpoints("a.b:error:1, c.d:error:1");
    await expect(failpoints.hit("c.d")).rejects.toThrow("c.d");
    await expect(failpoints.hit("a.b")).rejects.toThrow("a.b");
  });

  test("kill the process on the spot and leave a line on stderr", async () => {
    const { stdout, stderr, signal } = await drill({ FP: "a.b:kill:2" });
    expect(signal).toBe("SIGKILL");
    expect(stdout).toBe("one ");
    expect(stderr).toContain("failpoint fired: a.b kill");
  });

  test("refuse to be armed in production", async () => {
    const { stdout, stderr } = await drill({ FP: "a.b:kill:1", NODE_ENV: "production" });
    expect(stdout).toBe("");
    expect(stderr).toContain("FAILPOINTS_FORBIDDEN");
    expect((await drill({ NODE_ENV: "production" })).stdout).toBe("one two");
  });

  test.each(["a", "a:kill", "a:explode:1", "a:kill:0", "a:kill:1.5", "A B:kill:1", "a:kill:1,"])(
    "refuse the spec %j and name it",
    (spec) => {
      expect(() => createFailpoints(spec)).toThrow(expect.objectContaining({ reason: "FAILPOINT_SPEC_INVALID" }));
    },
  );
});
