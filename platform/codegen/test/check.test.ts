import { appendFile, cp, mkdir, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkContracts } from "../src/check/check-contracts.ts";
import { type StageName, stageNames } from "../src/check/stages.ts";
import { type Ended, readTree, root, run, tempFolder, writeTree } from "./workspace.ts";

const main = join(root, "platform/codegen/src/check/main.ts");

/** The command, as a user runs it. */
const command = (args: readonly string[], cwd: string): Promise<Ended> =>
  run("node", ["--conditions=@gantry/source", main, ...args], cwd);

/** What the command does, in this process. */
async function check(
  folder: string,
  stages: readonly StageName[],
): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = "";
  const code = await checkContracts(folder, stages, (text) => {
    stdout += text;
  });
  return { code, stdout };
}

const git = async (folder: string, ...args: readonly string[]): Promise<void> => {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"];
  const { code, stderr } = await run("git", [...identity, ...args], folder);
  if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
};

const thing = `syntax = "proto3";

package shop.v1;

import "gantry/event/v1/event.proto";

message ThingMade {
  option (gantry.event.v1.event) = {
    topic: "shop.events.v1"
    key: "id"
  };
  string id = 1;
  string name = 2;
}
`;

const template = (name: string): string => `version: v2
clean: true
inputs:
  - directory: contracts/proto
plugins:
  - local: [node, --conditions=@gantry/source, ${JSON.stringify(join(root, "platform/codegen/src", name, "main.ts"))}]
    out: gen/${name}
    strategy: all
    opt: [protos=contracts/proto]
`;

/** A small repository on a branch `feature` beside `main`, in order: everything generated and committed. */
async function repository(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await tempFolder();
  const path = join(folder.path, "repo");
  await mkdir(path);
  await symlink(join(root, "node_modules"), join(path, "node_modules"));
  await cp(join(root, "contracts/proto/gantry/event"), join(path, "contracts/vendor/gantry/event"), {
    recursive: true,
  });
  await writeTree(path, {
    ".gitignore": "node_modules\nignored.ts\n",
    "buf.yaml":
      "version: v2\nmodules:\n  - path: contracts/proto\n  - path: contracts/vendor\nlint: { use: [STANDARD] }\n",
    "buf.gen.yaml": template("events"),
    "contracts/proto/shop/v1/events.proto": thing,
    "gen/package.json": "{}",
  });
  await git(path, "init", "-q", "-b", "main");
  await run("buf", ["generate"], path);
  await git(path, "add", "-A");
  await git(path, "commit", "-q", "-m", "start");
  await git(path, "checkout", "-q", "-b", "feature");
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const registry = "gen/events/registry.ts";
const proto = "contracts/proto/shop/v1/events.proto";

describe("drift", () => {
  test("is none when everything is as generated, from any directory", async () => {
    await using repo = await repository();
    expect(await command(["--root", repo.path, "drift"], "/")).toEqual({ code: 0, stdout: "✓ drift\n", stderr: "" });
    await unlink(join(repo.path, registry));
    expect(await command(["--root", repo.path, "drift"], "/")).toMatchObject({ code: 1, stderr: "" });
  });

  test("is found in an edited file, with a unified diff and what to do", async () => {
    await using repo = await repository();
    await appendFile(join(repo.path, registry), "// mine\n");
    const { code, stdout } = await check(repo.path, ["drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`✗ drift: 1 file\n  edited    ${registry}\n--- ${registry} (in the repository)\n`);
    expect(stdout).toMatch(/^@@ .* @@/m);
    expect(stdout).toContain("\n-// mine\n");
    expect(stdout).toContain("Run `npm run generate`");
  });

  test("is found in a missing file", async () => {
    await using repo = await repository();
    await unlink(join(repo.path, registry));
    const { code, stdout } = await check(repo.path, ["drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`  missing   ${registry}\n`);
    expect(stdout).toContain("+export const events = {");
  });

  test("is found in a missing folder", async () => {
    await using repo = await repository();
    await rm(join(repo.path, "gen/events"), { recursive: true });
    expect((await check(repo.path, ["drift"])).stdout).toContain(`  missing   ${registry}\n`);
  });

  test("is found in an extra file, also one that git ignores", async () => {
    await using repo = await repository();
    await writeFile(join(repo.path, "gen/events/ignored.ts"), "export {};\n");
    const { code, stdout } = await check(repo.path, ["drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain("  extra     gen/events/ignored.ts\n");
    expect(stdout).toContain("-export {};");
  });

  test("is found in a file that is right but not in git", async () => {
    await using repo = await repository();
    await git(repo.path, "rm", "-q", "--cached", registry);
    const { code, stdout } = await check(repo.path, ["drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`✗ drift: 1 file\n  untracked ${registry}\n`);
  });

  test("is found when a contract changed and nobody generated", async () => {
    await using repo = await repository();
    await writeFile(join(repo.path, proto), thing.replace("shop.events.v1", "toys.events.v1"));
    const { code, stdout } = await check(repo.path, ["drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`  edited    ${registry}\n`);
  });

  test("is not asked of what is kept by hand beside the generated folders", async () => {
    await using repo = await repository();
    await writeFile(join(repo.path, "gen/package.json"), '{ "private": true }');
    expect((await check(repo.path, ["drift"])).code).toBe(0);
  });

  test("cannot be told when the contracts are refused, and nothing is touched", async () => {
    await using repo = await repository();
    const before = await readTree(join(repo.path, "gen"));
    await writeFile(join(repo.path, proto), thing.replace('key: "id"', 'key: "nothing"'));
    const { code, stdout } = await check(repo.path, ["drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ drift: the contracts are refused\n");
    expect(stdout).toContain(`${proto}:7:1: ThingMade: The key "nothing" is no field.`);
    expect((await run("buf", ["generate"], repo.path)).code).not.toBe(0);
    expect(await readTree(join(repo.path, "gen"))).toEqual(before);
  });

  test("is checked in a shallow clone and in a worktree too", async () => {
    await using repo = await repository();
    const shallow = `${repo.path}-shallow`;
    const worktree = `${repo.path}-worktree`;
    await git(repo.path, "clone", "-q", "--depth=1", "--branch=feature", `file://${repo.path}`, shallow);
    await git(repo.path, "worktree", "add", "-q", "--detach", worktree);
    for (const folder of [shallow, worktree]) {
      await symlink(join(root, "node_modules"), join(folder, "node_modules"));
      expect(await check(folder, ["drift", "breaking"])).toMatchObject({ code: 0 });
      await appendFile(join(folder, registry), "// mine\n");
      expect((await check(folder, ["drift"])).stdout).toContain(`  edited    ${registry}\n`);
    }
  });
});

describe("a breaking change", () => {
  const broken = thing.replace("  string name = 2;\n", "");

  test("is found against main", async () => {
    await using repo = await repository();
    await writeFile(join(repo.path, proto), broken);
    await git(repo.path, "commit", "-qam", "break");
    const { code, stdout } = await check(repo.path, ["breaking"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ breaking: against main\n");
    expect(stdout).toContain('Previously present field "2" with name "name" on message "ThingMade" was deleted.');
  });

  test("is found in a worktree", async () => {
    await using repo = await repository();
    const worktree = `${repo.path}-worktree`;
    await git(repo.path, "worktree", "add", "-q", "--detach", worktree);
    await writeFile(join(worktree, proto), broken);
    expect((await check(worktree, ["breaking"])).stdout).toContain("✗ breaking: against main\n");
  });

  test("is found against origin/main where there is no main", async () => {
    await using repo = await repository();
    const clone = `${repo.path}-clone`;
    await git(repo.path, "clone", "-q", "--branch=feature", `file://${repo.path}`, clone);
    await writeFile(join(clone, proto), broken);
    const { code, stdout } = await check(clone, ["breaking"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ breaking: against origin/main\n");
  });

  test("is found against HEAD in a shallow clone, which says how to do better", async () => {
    await using repo = await repository();
    const shallow = `${repo.path}-shallow`;
    await git(repo.path, "clone", "-q", "--depth=1", "--branch=feature", `file://${repo.path}`, shallow);
    expect((await check(shallow, ["breaking"])).stdout).toBe(
      "✓ breaking: against HEAD only, there is no main here. To compare with it: git fetch --depth=1 origin main:main\n",
    );
    await writeFile(join(shallow, proto), broken);
    expect((await check(shallow, ["breaking"])).code).toBe(1);
    await writeFile(join(shallow, proto), thing);
    await git(shallow, "fetch", "-q", "--depth=1", "origin", "main:main");
    expect((await check(shallow, ["breaking"])).stdout).toBe("✓ breaking: against main\n");
  });

  test("cannot be told without git, which is a failure", async () => {
    await using repo = await repository();
    await rm(join(repo.path, ".git"), { recursive: true });
    const { code, stdout } = await check(repo.path, ["breaking", "drift"]);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ breaking\nThis is no git repository");
    expect(stdout).toContain("✓ drift\n");
  });

  test("is none where main has no protos yet", async () => {
    await using repo = await repository();
    await git(repo.path, "checkout", "-q", "main");
    await git(repo.path, "rm", "-rq", "contracts");
    await git(repo.path, "commit", "-qm", "none");
    await git(repo.path, "checkout", "-q", "feature");
    expect((await check(repo.path, ["breaking"])).stdout).toBe("✓ breaking: against main, which has no protos\n");
  });
});

describe("lint and format", () => {
  test("find what they look for, and all stages run whatever fails", async () => {
    await using repo = await repository();
    await writeFile(join(repo.path, proto), thing.replace("string name", "string  Name"));
    const { code, stdout } = await check(repo.path, stageNames);
    expect(code).toBe(1);
    expect(stdout).toContain(
      '✗ lint\ncontracts/proto/shop/v1/events.proto:13:11:Field name "Name" should be lower_snake_case',
    );
    expect(stdout).toContain("✗ format\n");
    expect(stdout).toContain("Run `buf format -w`.");
    expect(stdout).toContain("✗ breaking: against main\n");
    expect(stdout).toContain("✓ drift\n");
  });

  test("are quiet when all is well", async () => {
    await using repo = await repository();
    expect((await check(repo.path, stageNames)).stdout).toBe("✓ lint\n✓ format\n✓ breaking: against main\n✓ drift\n");
  });
});

test("a stage that does not exist is a mistake of the caller", async () => {
  const { code, stderr } = await command(["drifft"], "/");
  expect(code).toBe(2);
  expect(stderr).toContain("contracts:check [--root <folder>] [lint|format|breaking|drift ...]");
});
