import type { JsonObject } from "@bufbuild/protobuf";
import type { PartFilter } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import type { Part } from "@gantry/gen/proto/gantry/inventory/v1/part_pb";
import type { Uuid } from "@gantry/kernel";
import type { Postgres } from "@gantry/postgres";
import { type RawBuilder, sql } from "kysely";
import { categoryName, fromStored, toStored } from "./part-document.ts";
import type { PartsCatalog, Stretch } from "./parts-catalog.ts";

/** migrations/0001_create_part.sql */
export interface PartTables {
  part: { part_uuid: Uuid; document: JsonObject; stock: number };
}

/** Parts in PostgreSQL, as jsonb. */
export class PostgresPartsCatalog implements PartsCatalog {
  readonly #postgres: Postgres<PartTables>;

  constructor(postgres: Postgres<PartTables>) {
    this.#postgres = postgres;
  }

  /** The migrations made everything. */
  async prepare(): Promise<void> {}

  async addMissing(parts: readonly Part[]): Promise<void> {
    const rows = parts.map((part) => ({ part_uuid: part.partUuid, ...toStored(part) }));
    if (rows.length === 0) return;
    await this.#postgres.db
      .insertInto("part")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async find(partUuid: Uuid): Promise<Part | undefined> {
    const row = await this.#postgres.db
      .selectFrom("part")
      .select(["document", "stock"])
      .where("part_uuid", "=", partUuid)
      .executeTakeFirst();
    return row && fromStored(row);
  }

  async list(filter: PartFilter, stretch: Stretch): Promise<readonly Part[]> {
    const rows = await listQuery(this.#postgres, filter, stretch).execute();
    return rows.map(fromStored);
  }
}

/** One statement, whatever the filter. Exported for the test that looks at its plan. */
export function listQuery({ db }: Pick<Postgres<PartTables>, "db">, filter: PartFilter, { after, limit }: Stretch) {
  const conditions = matching(filter);
  if (after !== undefined) conditions.push(sql`part_uuid > ${after}`);
  return db
    .selectFrom("part")
    .select(["document", "stock"])
    .where(({ and }) => and(conditions))
    .orderBy("part_uuid")
    .limit(limit);
}

function matching(filter: PartFilter): RawBuilder<boolean>[] {
  const { partUuids, names, categories, manufacturerCountries, tags } = filter;
  const anyOf = (column: RawBuilder<unknown>, values: readonly string[], type = sql`text[]`) =>
    values.length === 0 ? [] : [sql<boolean>`${column} = any(${storable(values)}::${type})`];
  return [
    ...anyOf(sql`part_uuid`, partUuids, sql`uuid[]`),
    ...anyOf(sql`document ->> 'name'`, names),
    ...anyOf(sql`document ->> 'category'`, categories.map(categoryName)),
    ...anyOf(sql`document #>> '{manufacturer,country}'`, manufacturerCountries),
    ...(tags.length === 0 ? [] : [sql<boolean>`document -> 'tags' ?| ${storable(tags)}::text[]`]),
  ];
}

/** PostgreSQL has no NUL in its texts and refuses the question; no part can have one, so nothing is lost by leaving it out. */
const storable = (values: readonly string[]): string[] => values.filter((value) => !value.includes("\0"));
