import { AppError, type ErrorKind } from "@gantry/kernel";

/** What a driver error says about itself. */
interface Facts {
  readonly code: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
}

interface Row {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSec?: number;
}

const unavailable: Row = {
  kind: "unavailable",
  reason: "DATABASE_UNAVAILABLE",
  message: "The database cannot be reached at the moment.",
  retryAfterSec: 1,
};
const timeout: Row = { kind: "timeout", reason: "DATABASE_TIMEOUT", message: "The database took too long." };
const conflict: Row = {
  kind: "conflict",
  reason: "CONCURRENT_UPDATE",
  message: "Somebody else changed the same thing at the same time. Try again.",
};

/** SQLSTATE (PostgreSQL manual, appendix A) to error; a class of two characters stands for all its codes. */
const rows: Readonly<Record<string, Row>> = {
  "23505": { kind: "already_exists", reason: "ALREADY_EXISTS", message: "It exists already." },
  "23503": { kind: "failed_precondition", reason: "REFERENCE_BROKEN", message: "Something it refers to is not there." },
  "40001": conflict,
  "40P01": conflict,
  "55P03": {
    kind: "conflict",
    reason: "LOCK_TIMEOUT",
    message: "Somebody else is working on it. Try again.",
    retryAfterSec: 1,
  },
  "57014": timeout,
  "25P03": timeout,
  "25P04": timeout,
  "25006": unavailable, // a primary that became a standby
  "57P01": unavailable,
  "57P02": unavailable,
  "57P03": unavailable,
  "08": unavailable,
  "53": unavailable,
};

const systemCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** The driver gives these errors no code. Texts of pg 8.23 and pg-pool 3.x, each provoked by a test. */
const driverTexts: readonly (readonly [RegExp, Row])[] = [
  [/^Query read timeout$/, timeout],
  [/^Connection terminated/, unavailable],
  [/^timeout exceeded when trying to connect$/, unavailable],
  [/^timeout expired$/, unavailable],
  [/is not queryable$/, unavailable],
  [/^Cannot use a pool after calling end on the pool$/, unavailable],
];

/**
 * Turns what `pg` throws into an AppError; an AppError comes back as it is. The driver's text stays in `cause`, SQLSTATE,
 * `constraint` and `table` stand in `meta`, so an adapter can give a constraint its own reason.
 *
 * `unavailable` and `timeout` leave it open whether a write happened: ask again, do not guess. Only `conflict` is certain
 * not to have changed anything.
 */
export function translatePostgresError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  const facts = factsOf(error);
  const row = rows[facts.code] ?? rows[facts.code.slice(0, 2)] ?? lostConnection(error, facts);
  const meta = { sqlState: facts.code, constraint: facts.constraint, table: facts.table };
  if (row === undefined) return new AppError({ ...internal, meta, cause: error });
  return new AppError({ ...row, meta, cause: error });
}

const internal: Row = { kind: "internal", reason: "INTERNAL", message: "Something went wrong on our side." };

function lostConnection(error: unknown, { code }: Facts): Row | undefined {
  if (systemCodes.has(code)) return unavailable;
  const text = error instanceof Error ? error.message : "";
  return driverTexts.find(([pattern]) => pattern.test(text))?.[1];
}

function factsOf(error: unknown): Facts {
  return { code: field(error, "code") ?? "", constraint: field(error, "constraint"), table: field(error, "table") };
}

function field(error: unknown, name: string): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}
