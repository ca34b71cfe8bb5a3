import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** An npm that writes down what it does, and takes its time or fails when told so. */
const fakeNpm = `
const { appendFileSync, mkdirSync } = require("node:fs");
appendFileSync("npm.log", "begin\\n");
setTimeout(() => {
  if (process.env.FAKE_FAILURE) {
    console.error(process.env.FAKE_FAILURE);
    process.exit(1);
  }
  mkdirSync("node_modules", { recursive: true });
  appendFileSync("npm.log", "end\\n");
}, Number(process.env.FAKE_MS ?? 0));
`;

const scripts = {
  "in:show": "node show.mjs",
  "in:start": "node show.mjs",
  "in:hang": "node hang.mjs",
};
const show = `
const npmVariables = Object.keys(process.env).filter((name) => /^(npm_|INIT_CWD|NODE$)/.test(name));
console.log(JSON.stringify({ args: process.argv.slice(2), npmVariables }));
process.exitCode = 7;
`;
const hang = `
process.on("SIGTERM", () => process.exit(3));
console.log(process.pid);
setInterval(() => {}, 1000);
`;

let root: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gantry-bootstrap-"));
  const bootstrap = fileURLToPath(new URL("../../bootstrap", import.meta.url));
  await mkdir(join(root, "platform"));
  await cp(bootstrap, join(root, "platform", "bootstrap"), { recursive: true });
  await writeFile(join(root, "package.json"), JSON.stringify({ scripts }));
  await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages: {} }));
  await writeFile(join(root, "npm-cli.js"), fakeNpm);
  await writeFile(join(root, "show.mjs"), show);
  await writeFile(join(root, "hang.mjs"), hang);
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return startProgram(process.execPath, ["platform/bootstrap/run.mjs", ...args], env);
}

function startProgram(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(program, args, {
    cwd: root,
    env: {
      ...process.env,
      npm_execpath: join(root, "npm-cli.js"),
      npm_config_user_agent: "npm/9",
      INIT_CWD: "/",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  return { child, out: () => out, err: () => err, ended: once(child, "close").then(([code]) => code) };
}

const npmLog = () => readFile(join(root, "npm.log"), "utf8");

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("not within ten seconds");
    await delay(20);
  }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("the bootstrap", () => {
  test("installs once, and hands arguments and exit code over untouched", async () => {
    const first = start(["in:show", "a b", "$HOME", "'"]);
    expect(await first.ended).toBe(7);
    expect(JSON.parse(first.out())).toMatchObject({ args: ["a b", "$HOME", "'"] });
    expect(first.err()).toContain("installing dependencies");

    const second = start(["in:show"]);
    expect(await second.ended).toBe(7);
    expect(second.err()).toBe("");
    expect(await npmLog()).toBe("begin\nend\n");
  });

  test("goes on without the Kafka client where it cannot be built, and says why", async () => {
    const env = { KAFKA_BROKERS: "127.0.0.1:1", GANTRY_CACHE: join(root, "cache"), CXX: "no-such-compiler" };
    const run = start(["in:start"], env);
    expect(await run.ended).toBe(7);
    expect(run.err()).toMatch(/building the Kafka client needs .*no-such-compiler/);

    const other = start(["in:show"], env);
    await other.ended;
    expect(other.err()).not.toContain("Kafka");
  });

  test("hides the outer npm from the script", async () => {
    const run = start(["in:show"]);
    await run.ended;
    const { npmVariables }: { npmVariables: string[] } = JSON.parse(run.out());
    for (const name of ["npm_execpath", "npm_config_user_agent", "INIT_CWD"]) expect(npmVariables).not.toContain(name);
  });

  test("installs again when the lock changed", async () => {
    await start(["in:show"]).ended;
    await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages: { "": {} } }));
    await start(["in:show"]).ended;
    expect(await npmLog()).toBe("begin\nend\nbegin\nend\n");
  });

  test("lets one of two install while the other waits and says so", async () => {
    const runs = [start(["in:show"], { FAKE_MS: "500" }), start(["in:show"], { FAKE_MS: "500" })];
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([7, 7]);
    expect(await npmLog()).toBe("begin\nend\n");
    expect(runs.filter((run) => run.err().includes("waiting for the installation"))).toHaveLength(1);
  });

  test("waits for the npm of a killed run, and then installs itself", async () => {
    const killed = start(["in:show"], { FAKE_MS: "700" });
    await until(async () => (await npmLog().catch(() => "")) === "begin\n");
    killed.child.kill("SIGKILL");
    const next = start(["in:show"]);
    expect(await next.ended).toBe(7);
    expect(await npmLog()).toBe("begin\nend\nbegin\nend\n");
  });

  test("takes the lock of a process that is gone", async () => {
    await mkdir(join(root, ".gantry", "install.lock"), { recursive: true });
    const { hostname } = await import("node:os");
    const owner = JSON.stringify({ pids: [2 ** 22 + 1], host: hostname() });
    await writeFile(join(root, ".gantry", "install.lock", "owner.json"), owner);
    expect(await start(["in:show"]).ended).toBe(7);
  });

  test.each([
    ["npm error code ENOTFOUND", "registry cannot be reached"],
    ["npm error code ENOSPC", "disk is full"],
    ["npm error code EACCES", "may not write here"],
    ["npm error SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"],
    ["npm error code EUSAGE", "npm run lock"],
    ["npm error something else", "npm run doctor"],
  ])("says what to do about %s, and tries again the next time", async (failure, advice) => {
    const run = start(["in:show"], { FAKE_FAILURE: failure });
    expect(await run.ended).toBe(1);
    expect(run.err()).toContain(failure);
    expect(run.err()).toContain(advice);
    expect(await start(["in:show"]).ended).toBe(7);
  });

  test("refuses a script that does not exist", async () => {
    const run = start(["in:nix"]);
    expect(await run.ended).toBe(1);
    expect(run.err()).toContain('no script "in:nix"');
  });

  test("--soft installs nothing", async () => {
    expect(await start(["--soft", "in:show"]).ended).toBe(7);
    await expect(npmLog()).rejects.toThrow("ENOENT");
  });

  test("passes SIGTERM on and answers with the script's exit code", async () => {
    const run = start(["in:hang"]);
    await until(() => run.out() !== "");
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(3);
  });

  test("ends the script when the npm that called it is killed", async () => {
    const command = `${process.execPath} platform/bootstrap/run.mjs in:hang; true`;
    const npm = startProgram("/bin/sh", ["-c", command], { npm_lifecycle_event: "start" });
    await until(() => npm.out() !== "");
    const pid = Number(npm.out());
    npm.child.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });
});

describe("completing the lock", () => {
  const tool = ["platform/bootstrap/lock-platforms.mjs"];
  const lock = async () => JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const packages = {
    "node_modules/tool": {
      version: "1.2.3",
      dev: true,
      optionalDependencies: {
        "tool-linux-x64": "1.2.3",
        "@tool/darwin-arm64": "1.2.3",
        "tool-linux-x64-musl": "1.2.3",
      },
    },
    "node_modules/tool-linux-x64": { version: "1.2.3", optional: true, os: ["linux"], cpu: ["x64"] },
  };

  test("adds what a registry did not serve, with the platform its name tells", async () => {
    await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages }));
    expect(await startProgram(process.execPath, [...tool, "--check"], {}).ended).toBe(1);
    expect(await startProgram(process.execPath, tool, {}).ended).toBe(0);
    expect((await lock()).packages).toMatchObject({
      ...packages,
      "node_modules/@tool/darwin-arm64": {
        version: "1.2.3",
        dev: true,
        optional: true,
        os: ["darwin"],
        cpu: ["arm64"],
      },
      "node_modules/tool-linux-x64-musl": { os: ["linux"], cpu: ["x64"], libc: ["musl"] },
    });
    expect(await startProgram(process.execPath, [...tool, "--check"], {}).ended).toBe(0);
  });

  test("refuses a lock that is tied to one registry", async () => {
    const resolved = "https://registry.example/tool.tgz";
    await writeFile(
      join(root, "package-lock.json"),
      JSON.stringify({ packages: { "node_modules/tool": { resolved } } }),
    );
    const check = startProgram(process.execPath, [...tool, "--check"], {});
    expect(await check.ended).toBe(1);
    expect(check.err()).toContain("ties node_modules/tool to one registry");
  });
});
