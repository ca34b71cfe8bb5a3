import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TempDir, tempDir } from "../src/index.ts";
import { prepareBinaries } from "../src/postgres/binaries.ts";

/** Whoever it is: the checks look at what everyone may do. */
const somebody = { uid: 12_345, gid: 12_345 };

let home: TempDir;
let native: string;
let version: string;
const shared = () => join(tmpdir(), `gantry-postgres-${version}-${process.getuid?.()}`);

beforeEach(async () => {
  home = await tempDir();
  native = join(home.path, "package", "native");
  version = randomUUID();
  await mkdir(join(native, "bin"), { recursive: true });
  await mkdir(join(native, "lib"));
  await writeFile(join(home.path, "package", "package.json"), JSON.stringify({ version }));
  await writeFile(join(native, "bin", "postgres"), "the server");
  await writeFile(join(native, "lib", "libpq.so.5.18"), "the library");
  await link("native/lib/libpq.so.5");
});
afterEach(async () => {
  await home.remove();
  await rm(shared(), { recursive: true, force: true });
});

const link = (target: string) =>
  writeFile(join(native, "pg-symlinks.json"), JSON.stringify([{ source: "native/lib/libpq.so.5.18", target }]));

test("makes the library links that the package came without, and makes them once", async () => {
  for (const _twice of [1, 2]) {
    const { postgres } = await prepareBinaries(native, {});
    expect(postgres).toBe(join(native, "bin", "postgres"));
    expect(await readlink(join(native, "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
  }
});

test("copies the programs to where everyone may run them, when the folder is closed", async () => {
  const { postgres } = await prepareBinaries(native, somebody);
  expect(postgres).toBe(join(shared(), "bin", "postgres"));
  expect(await readFile(postgres, "utf8")).toBe("the server");
  expect((await lstat(postgres)).mode & 0o777).toBe(0o755);
  expect(await readlink(join(shared(), "lib", "libpq.so.5"))).toBe("libpq.so.5.18");
  await writeFile(postgres, "the same copy");
  expect(await readFile((await prepareBinaries(native, somebody)).postgres, "utf8")).toBe("the same copy");
});

test("copies at once by many end in one copy", async () => {
  const all = await Promise.all([1, 2, 3].map(() => prepareBinaries(native, somebody)));
  expect(new Set(all.map(({ postgres }) => postgres))).toEqual(new Set([join(shared(), "bin", "postgres")]));
});

test("does not run programs from a folder that others can write", async () => {
  await mkdir(join(shared(), "bin"), { recursive: true });
  await writeFile(join(shared(), "bin", "postgres"), "planted");
  await chmod(shared(), 0o777);
  const { postgres } = await prepareBinaries(native, somebody);
  expect(await readFile(postgres, "utf8")).toBe("the server");
  expect(postgres.startsWith(shared())).toBe(true);
  await rm(dirname(dirname(postgres)), { recursive: true });
});

test("refuses a list of links that leads out of the package", async () => {
  await link("native/../../../outside.so");
  await expect(prepareBinaries(native, {})).rejects.toThrow("outside itself");
});

test("refuses a list of links that is none", async () => {
  await writeFile(join(native, "pg-symlinks.json"), '{"source":1}');
  await expect(prepareBinaries(native, {})).rejects.toThrow("is not a list of links");
});
