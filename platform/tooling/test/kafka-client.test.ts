import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../bootstrap/kafka-client.mjs", import.meta.url));

/** An npm whose packages build in no time: the client is a line of JavaScript, the compiler writes empty files. */
const fakeNpm = `
const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
appendFileSync(join(process.env.GANTRY_CACHE, "npm.log"), process.env.npm_config_ignore_scripts + "\\n");
const put = (path, text) => {
  mkdirSync(join("node_modules", path, ".."), { recursive: true });
  writeFileSync(join("node_modules", path), text);
};
const client = "@confluentinc/kafka-javascript";
put(client + "/package.json", '{ "main": "lib/index.js" }');
put(client + "/lib/index.js", "module.exports = {};");
put(client + "/librdkafka.js", "");
put("bindings/index.js", "");
put("file-uri-to-path/index.js", "");
put("node-gyp/bin/node-gyp.js", process.env.FAKE_GYP ?? \`
  const { mkdirSync, writeFileSync } = require("node:fs");
  for (const folder of ["build/Release", "build/deps"]) mkdirSync(folder, { recursive: true });
  writeFileSync("build/Release/confluent-kafka-javascript.node", "");
  writeFileSync("build/deps/librdkafka.so.1", process.env.CKJS_LINKING);
\`);
`;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "gantry-kafka-client-"));
  await writeFile(join(home, "npm-cli.js"), fakeNpm);
  await mkdir(join(home, "bin"));
  for (const tool of ["python3", "make", "g++"])
    await writeFile(join(home, "bin", tool), "#!/bin/sh\n", { mode: 0o755 });
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function build(env: NodeJS.ProcessEnv = {}, ...args: readonly string[]) {
  const path = `${join(home, "bin")}:${process.env.PATH}`;
  const own = { npm_execpath: join(home, "npm-cli.js"), GANTRY_CACHE: home, PATH: path, CXX: "g++", ...env };
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...own },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  const [code] = await once(child, "close");
  return { code, folder: out.trim(), err };
}

const builds = async () => (await readFile(join(home, "npm.log"), "utf8")).trim().split("\n");

test("builds once, without install scripts, and keeps what it takes to run", async () => {
  expect((await build({}, "--where")).code).toBe(1);
  const first = await build();
  expect(first).toMatchObject({ code: 0 });
  expect(await readdir(first.folder)).toEqual(["node_modules"]);
  const library = "node_modules/@confluentinc/kafka-javascript/build/deps/librdkafka.so.1";
  expect(await readFile(join(first.folder, library), "utf8")).toBe("dynamic");
  expect(await build()).toMatchObject({ code: 0, folder: first.folder, err: "" });
  expect(await builds()).toEqual(["true"]);
  expect((await build({}, "--where")).code).toBe(0);
});

test("of two at once one builds and the other waits", async () => {
  const [a, b] = await Promise.all([build(), build()]);
  expect([a?.code, b?.code]).toEqual([0, 0]);
  expect(await builds()).toHaveLength(1);
});

test("builds again what does not load any more", async () => {
  const { folder } = await build();
  await rm(join(folder, "node_modules/@confluentinc/kafka-javascript/lib"), { recursive: true });
  expect((await build()).code).toBe(0);
  expect(await builds()).toHaveLength(2);
});

test("a build that fails says why, and leaves nothing that looks like a client", async () => {
  const { code, err } = await build({ FAKE_GYP: "console.log('cannot find -lm'); process.exit(2)" });
  expect(code).toBe(1);
  expect(err).toContain("cannot find -lm");
  expect((await build({}, "--where")).code).toBe(1);
});

test("says which tool is missing", async () => {
  const { code, err } = await build({ CXX: "no-such-compiler" });
  expect(code).toBe(1);
  expect(err).toContain("needs no-such-compiler. On Debian: apt-get install python3 make g++");
});
