import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { listQuery, PostgresPartsCatalog } from "../src/parts-catalog.postgres.ts";
import { aFilter, aPart } from "./builders.ts";
import { aDatabase } from "./fixture.ts";
import { partsCatalogContract } from "./parts-catalog.contract.ts";

partsCatalogContract("PostgreSQL", async () => new PostgresPartsCatalog(await aDatabase()));

describe("a listing among 20,000 parts", async () => {
  const postgres = await aDatabase();
  await new PostgresPartsCatalog(postgres).addMissing([aPart({ tags: ["common"] })]);
  await sql`
    insert into part (part_uuid, document, stock)
    select id, document || jsonb_build_object('partUuid', id, 'sku', 'N-' || n, 'name', 'Name ' || n,
      'category', 'CATEGORY_' || n, 'tags', jsonb_build_array('common', 'tag-' || n),
      'manufacturer', jsonb_build_object('name', 'x', 'country', 'C' || n)), 1
    from part, (select n, gen_random_uuid() as id from generate_series(1, 20000) n) as numbered`.execute(postgres.db);
  await sql`analyze part`.execute(postgres.db);

  test.each([
    ["100 ids", { partUuids: Array.from({ length: 100 }, () => crypto.randomUUID()) }, "part_pkey"],
    ["names", { names: ["Name 7", "Name 8"] }, "part_name"],
    ["countries", { manufacturerCountries: ["C7"] }, "part_country"],
    ["a rare tag", { tags: ["tag-7"] }, "part_tags"],
    ["a common tag, a page of it", { tags: ["common"] }, "part_pkey"],
    ["nothing, a page of it", {}, "part_pkey"],
  ])("by %s reads an index and not the table", async (_what, facts, index) => {
    const { plan, read } = await explain(aFilter(facts));
    expect(plan).toContain(index);
    expect(plan).not.toContain("Seq Scan");
    expect(read).toBeLessThan(400);
  });

  async function explain(filter: ReturnType<typeof aFilter>) {
    const query = listQuery(postgres, filter, { limit: 101 });
    const lines = await query.explain("text", sql`analyze, buffers, timing off`);
    const plan = lines.map((line) => Object.values(line)[0]).join("\n");
    return { plan, read: Number(/shared hit=(\d+)/.exec(plan)?.[1] ?? Number.POSITIVE_INFINITY) };
  }
});

describe("the part table", async () => {
  const postgres = await aDatabase();
  await new PostgresPartsCatalog(postgres).addMissing([aPart()]);

  test.each([
    ["a negative stock", sql`update part set stock = -1`],
    ["a negative price", sql`update part set document = jsonb_set(document, '{price,minor}', '"-1"')`],
    [
      "a price above 2^53 - 1",
      sql`update part set document = jsonb_set(document, '{price,minor}', '"9007199254740992"')`,
    ],
    ["another id inside than outside", sql`update part set part_uuid = gen_random_uuid()`],
  ])("refuses %s", async (_what, statement) => {
    await expect(statement.execute(postgres.db)).rejects.toMatchObject({ meta: { sqlState: "23514" } });
  });
});
