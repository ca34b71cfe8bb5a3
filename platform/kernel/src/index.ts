export { AppError, type AppErrorInit, type Violation } from "./app-error.ts";
export { assertNever } from "./assert-never.ts";
export { type Clock, ManualClock, systemClock } from "./clock.ts";
export { type CursorKeys, decodeCursor, encodeCursor } from "./cursor.ts";
export type { EventRecord, SendOutcome } from "./event-record.ts";
export { addMoney, equalMoney, MAX_MINOR, type Money, money, multiplyMoney } from "./money.ts";
export type { Auth, Idempotency, Policy, PolicyTable, Rate, RateScope } from "./policy.ts";
export { type ConsumerAction, type ErrorKind, type StatusRow, statusTable } from "./status-table.ts";
export { isUuid, type Uuid, uuidv7 } from "./uuid.ts";
