import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@gantry/testing";
import { expect, test } from "vitest";
import { createLogFiles } from "./log-files.ts";

test("lines are kept by service, and those of an earlier run go with the first of this one", async () => {
  await using home = await tempDir();
  await writeFile(join(home.path, "order.log"), "earlier\n");
  const files = createLogFiles(home.path);
  expect(await readFile(join(home.path, "order.log"), "utf8")).toBe("earlier\n");
  for (const line of ["a", "b"]) files.write("order", line);
  files.write("payment", "c");
  expect(await readFile(join(home.path, "order.log"), "utf8")).toBe("a\nb\n");
  expect(await readFile(join(home.path, "payment.log"), "utf8")).toBe("c\n");
});

test("a file that is full makes room for a new one and stays beside it", async () => {
  await using home = await tempDir();
  const files = createLogFiles(home.path, 4);
  for (const line of ["a", "b", "c"]) files.write("order", line);
  expect(await readFile(join(home.path, "order.log.old"), "utf8")).toBe("a\nb\n");
  expect(await readFile(join(home.path, "order.log"), "utf8")).toBe("c\n");
});

test("a folder that cannot be made loses the lines and nothing else", async () => {
  await using home = await tempDir();
  await writeFile(join(home.path, "file"), "");
  expect(() => createLogFiles(join(home.path, "file", "logs")).write("order", "a")).not.toThrow();
});
