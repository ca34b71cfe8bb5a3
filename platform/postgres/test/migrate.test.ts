import { rename, rm, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { createLogger, silentLogger } from "@gantry/telemetry";
import { tempDir, testDatabase } from "@gantry/testing";
import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { migrate } from "../src/index.ts";
import { aPostgres } from "./fixture.ts";

const create = "create table part (id int primary key);\ninsert into part values (1);\n";
const extend = "alter table part add column name text not null default 'bolt';\n";

/** A folder of migrations and an empty database to run them on. */
async function aProject(files: Readonly<Record<string, string>>) {
  const folder = await tempDir("migrations-");
  afterAll(() => folder.remove());
  const directory = pathToFileURL(`${folder.path}/`);
  const write = (name: string, text: string) => writeFile(new URL(name, directory), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  const { url } = await testDatabase();
  const run = (logger = silentLogger) => migrate({ url, directory, logger });
  return { directory, url, write, run };
}

const two = { "0001_create_part.sql": create, "0002_extend_part.sql": extend };

describe("migrate", () => {
  test("applies each file once, in order, and logs what it applied", async () => {
    const project = await aProject(two);
    const lines: string[] = [];
    const logger = createLogger({ service: "test", destination: { write: (line) => lines.push(line) } });
    expect(await project.run(logger)).toEqual(["0001_create_part", "0002_extend_part"]);
    expect(await project.run(logger)).toEqual([]);
    expect(lines.map((line) => JSON.parse(line).migration)).toEqual(["0001_create_part", "0002_extend_part"]);
    const { db } = await aPostgres({ url: project.url });
    expect((await sql`select * from part`.execute(db)).rows).toEqual([{ id: 1, name: "bolt" }]);
  });

  test("applies each file once when many replicas start at the same time", async () => {
    const project = await aProject(two);
    const applied = await Promise.all(Array.from({ length: 12 }, () => project.run()));
    expect(applied.flat().toSorted()).toEqual(["0001_create_part", "0002_extend_part"]);
  });

  test("goes on where the last version stopped", async () => {
    const project = await aProject({ "0001_create_part.sql": create });
    await project.run();
    await project.write("0002_extend_part.sql", extend);
    expect(await project.run()).toEqual(["0002_extend_part"]);
  });

  test("refuses a file that was edited after it was applied", async () => {
    const project = await aProject(two);
    await project.run();
    await project.write("0001_create_part.sql", `${create}-- harmless?\n`);
    await expect(project.run()).rejects.toMatchObject({
      reason: "MIGRATION_EDITED",
      message: expect.stringContaining("0001_create_part.sql"),
    });
  });

  test("does not call other line ends an edit", async () => {
    const project = await aProject(two);
    await project.run();
    await project.write("0001_create_part.sql", create.replaceAll("\n", "\r\n"));
    expect(await project.run()).toEqual([]);
  });

  test("refuses a database that is newer than this version", async () => {
    const project = await aProject(two);
    await project.run();
    await rm(new URL("0002_extend_part.sql", project.directory));
    await expect(project.run()).rejects.toMatchObject({
      reason: "MIGRATION_UNKNOWN",
      message: expect.stringContaining("0002_extend_part"),
    });
  });

  test("refuses when an applied file is no longer there under its name", async () => {
    const project = await aProject(two);
    await project.run();
    await rename(new URL("0001_create_part.sql", project.directory), new URL("0001_create.sql", project.directory));
    await expect(project.run()).rejects.toMatchObject({
      reason: "MIGRATION_MISSING",
      message: expect.stringContaining("0001_create_part"),
    });
  });

  test.each([["0003_gap.sql"], ["0001_twice.sql"], ["0002-dash.sql"], ["2_short.sql"], ["0002_Upper.sql"]])(
    "refuses the file name %s",
    async (name) => {
      const project = await aProject({ "0001_create_part.sql": create, [name]: "select 1" });
      await expect(project.run()).rejects.toMatchObject({ reason: "MIGRATION_NAME_INVALID" });
    },
  );

  test("keeps nothing of a file that fails, keeps the files before it, and says where it failed", async () => {
    const project = await aProject({ ...two, "0003_broken.sql": "create table extra (id int);\nselect nonsense;\n" });
    await expect(project.run()).rejects.toMatchObject({
      reason: "MIGRATION_FAILED",
      message: expect.stringMatching(/^0003_broken\.sql \(line 2\): .*nonsense/),
    });
    const { db } = await aPostgres({ url: project.url });
    expect(
      (await sql`select to_regclass('extra') as extra, to_regclass('part')::text as part`.execute(db)).rows,
    ).toEqual([{ extra: null, part: "part" }]);
    await project.write("0003_broken.sql", "create table extra (id int);\n");
    expect(await project.run()).toEqual(["0003_broken"]);
  });

  test("refuses a file that ends the transaction it runs in", async () => {
    const project = await aProject({ "0001_create_part.sql": `${create} commit;` });
    await expect(project.run()).rejects.toMatchObject({
      reason: "MIGRATION_FAILED",
      message: expect.stringContaining("ends the transaction"),
    });
  });

  test("applies libraries first, each with a history of its own", async () => {
    const library = await aProject({ "0001_create_shelf.sql": "create table shelf (id int primary key)" });
    const project = await aProject({ "0001_create_book.sql": "create table book (shelf int references shelf)" });
    const { url, directory } = project;
    const libraries = [{ name: "furniture", directory: library.directory }];
    const run = () => migrate({ url, directory, logger: silentLogger, libraries });
    expect(await run()).toEqual(["furniture/0001_create_shelf", "0001_create_book"]);
    await library.write("0002_extend_shelf.sql", "alter table shelf add column row int");
    expect(await run()).toEqual(["furniture/0002_extend_shelf"]);
    expect(await run()).toEqual([]);
  });

  test("refuses a library whose name is no part of a table's name", async () => {
    const { url, directory } = await aProject(two);
    const libraries = [{ name: "x; drop table part", directory }];
    const refused = migrate({ url, directory, logger: silentLogger, libraries });
    await expect(refused).rejects.toMatchObject({ reason: "MIGRATION_LIBRARY_INVALID" });
  });

  test("says unavailable when there is no server", async () => {
    const { directory } = await aProject(two);
    const nowhere = migrate({ url: "postgres://127.0.0.1:1/none", directory, logger: silentLogger });
    await expect(nowhere).rejects.toMatchObject({ kind: "unavailable" });
  });
});
