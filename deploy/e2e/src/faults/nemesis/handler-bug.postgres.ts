import pg from "pg";

/**
 * A bug in one handler for one order: the effect is refused by the database as a wrong value would be. The code of the
 * service is as it is; this is what its mistake would look like.
 */
export interface HandlerBug {
  /** The mistake is corrected. */
  fix(): Promise<void>;
}

/** Makes every insert of this order into `table` fail. */
export async function plantBug(url: string, table: string, orderUuid: string): Promise<HandlerBug> {
  await run(url, [
    `CREATE OR REPLACE FUNCTION planted_bug() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN RAISE EXCEPTION 'planted bug of %', NEW.order_uuid USING ERRCODE = 'check_violation'; END $$`,
    `CREATE TRIGGER planted_bug BEFORE INSERT ON ${table} FOR EACH ROW
     WHEN (NEW.order_uuid = '${orderUuid}') EXECUTE FUNCTION planted_bug()`,
  ]);
  return { fix: () => run(url, [`DROP TRIGGER planted_bug ON ${table}`]) };
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
