import { AppError, type ErrorKind } from "@gantry/kernel";
import {
  MongoError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoSystemError,
  MongoWriteConcernError,
} from "mongodb";

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
const exists: Row = { kind: "already_exists", reason: "ALREADY_EXISTS", message: "It exists already." };
const internal: Row = { kind: "internal", reason: "INTERNAL", message: "Something went wrong on our side." };

/** Server error codes (MongoDB's error_codes.yml). The unavailable ones are those the driver specification calls retryable. */
const codes = new Map<unknown, Row>([
  [11000, exists],
  [112, conflict], // WriteConflict
  [24, conflict], // LockTimeout
  [50, timeout], // MaxTimeMSExpired
  [262, timeout], // ExceededTimeLimit
  ...[6, 7, 89, 91, 134, 189, 9001, 10107, 11600, 11602, 13435, 13436].map((code): [number, Row] => [
    code,
    unavailable,
  ]),
]);

/** Driver errors of classes that say little or are not exported, by name: a client that is closed or has no free connection. */
const noConnection = new Set([
  "MongoNotConnectedError",
  "MongoTopologyClosedError",
  "MongoClientClosedError",
  "MongoPoolClosedError",
  "MongoWaitQueueTimeoutError",
]);

/**
 * Turns what the MongoDB driver throws into an AppError; an AppError comes back as it is. The driver's text stays in
 * `cause`, the server's code stands in `meta`.
 *
 * `unavailable` and `timeout` leave it open whether a write happened: ask again, do not guess. Only `conflict` is certain
 * not to have changed anything.
 */
export function translateMongoError(error: unknown): AppError {
  if (AppError.is(error)) return error;
  const code: unknown = error instanceof MongoError ? error.code : undefined;
  return new AppError({ ...rowOf(error, code), meta: { code }, cause: error });
}

function rowOf(error: unknown, code: unknown): Row {
  if (error instanceof MongoOperationTimeoutError || error instanceof MongoNetworkTimeoutError) return timeout;
  if (error instanceof DOMException && error.name === "TimeoutError") return timeout; // an AbortSignal.timeout
  if (error instanceof MongoNetworkError || error instanceof MongoSystemError) return unavailable;
  if (error instanceof MongoError && noConnection.has(error.name)) return unavailable;
  if (error instanceof MongoServerError) return serverRow(error, code);
  return internal;
}

function serverRow(error: MongoServerError, code: unknown): Row {
  const known = codes.get(code);
  if (known !== undefined) return known;
  if (error.hasErrorLabel("TransientTransactionError")) return conflict;
  return error instanceof MongoWriteConcernError ? unavailable : internal;
}
