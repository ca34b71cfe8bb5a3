import type { Postgres } from "@gantry/postgres";
import { sql } from "kysely";
import type { ThrottleKey, ThrottleStore } from "../app/ports.ts";
import type { Budget, Failures, ThrottleScope } from "../domain/throttle.ts";
import type { IamTables } from "./iam-tables.ts";

/**
 * One timestamp counts: when the last failure is forgotten. Each failure moves it on by one forgetting time, from now at
 * least and up to the most that is counted (the generic cell rate algorithm), so that counting is one atomic statement.
 */
export class PostgresThrottleStore implements ThrottleStore {
  readonly #postgres: Postgres<IamTables>;

  constructor(postgres: Postgres<IamTables>) {
    this.#postgres = postgres;
  }

  async failures(keys: readonly ThrottleKey[], at: Date): Promise<readonly Failures[]> {
    const { rows } = await sql<{ scope: ThrottleScope; empty_at: Date; last_at: Date }>`
      select throttle.scope, throttle.empty_at, throttle.last_at
      from unnest(${keys.map(({ scope }) => scope)}::text[], ${keys.map(({ key }) => key)}::text[]) as given (scope, key)
      join throttle on throttle.scope = given.scope and throttle.key = given.key
      where throttle.empty_at > ${at}`.execute(this.#postgres.db);
    return rows.map(({ scope, empty_at, last_at }) => ({ scope, emptyAt: empty_at, lastAt: last_at }));
  }

  async claim({ scope, key }: ThrottleKey, seen: Date, at: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.#postgres.db
      .updateTable("throttle")
      .set({ last_at: at })
      .where("scope", "=", scope)
      .where("key", "=", key)
      .where("last_at", "=", seen)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async add(keys: readonly ThrottleKey[], budgets: Readonly<Record<ThrottleScope, Budget>>, at: Date): Promise<void> {
    const later = (ms: number): Date => new Date(at.getTime() + ms);
    const [scopes, names, firsts, mosts] = [
      keys.map(({ scope }) => scope),
      keys.map(({ key }) => key),
      keys.map(({ scope }) => later(budgets[scope].forgetMs)),
      keys.map(({ scope }) => later(budgets[scope].forgetMs * budgets[scope].max)),
    ];
    // Sorted, so that callers at the same time lock their rows in one order.
    await sql`
      insert into throttle as kept (scope, key, empty_at, last_at)
      select scope, key, first, ${at}
      from unnest(${scopes}::text[], ${names}::text[], ${firsts}::timestamptz[]) as given (scope, key, first)
      order by scope, key
      on conflict (scope, key) do update set
        empty_at = least(
          greatest(kept.empty_at, ${at}) + (excluded.empty_at - ${at}::timestamptz),
          (select most from unnest(${scopes}::text[], ${mosts}::timestamptz[]) as limits (scope, most)
            where limits.scope = kept.scope)
        ),
        last_at = greatest(kept.last_at, excluded.last_at)`.execute(this.#postgres.db);
  }

  async forget({ scope, key }: ThrottleKey): Promise<void> {
    await this.#postgres.db.deleteFrom("throttle").where("scope", "=", scope).where("key", "=", key).execute();
  }
}
