import pg from "pg";

/** Reads rows; each column is named as the field it becomes, and is a text, a number or null. */
export type Read = <Row extends pg.QueryResultRow>(sql: string) => Promise<readonly Row[]>;

/** Lets `look` read one database as it was at one moment. */
export async function reading<T>(url: string, look: (read: Read) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return await look(async <Row extends pg.QueryResultRow>(sql: string) =>
      (await client.query<Row>(sql)).rows.map(withoutNulls),
    );
  } finally {
    await client.end();
  }
}

/** What is null in a table is absent in a snapshot. */
const withoutNulls = <Row extends pg.QueryResultRow>(row: Row): Row => {
  const filled = Object.entries(row).filter(([, value]) => value !== null);
  const result: Row = Object.assign(Object.create(null), Object.fromEntries(filled));
  return result;
};

/** A time as milliseconds since 1970. */
export const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** Money fits: amounts end at 2^53 - 1. */
export const whole = (column: string): string => `(${column})::float8`;
