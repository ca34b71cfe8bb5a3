import { type ErrorKind, statusTable } from "./status-table.ts";

/** One thing that is wrong with the input. */
export interface Violation {
  /** Where: a JSON pointer (RFC 6901) below `/body`, `/path`, `/query` or `/header`, or a protobuf field path. */
  readonly field: string;
  /** Which rule, stable: the schema keyword or the protovalidate rule id. */
  readonly rule: string;
  /** What is wrong, with the allowed value. Safe to show. */
  readonly message: string;
}

/** What an {@link AppError} is made of. */
export interface AppErrorInit {
  readonly kind: ErrorKind;
  /** Stable reason code in UPPER_SNAKE, unique within a service and named in its contract. */
  readonly reason: string;
  /** For people, safe for clients: names the offending and the allowed value, nothing internal. */
  readonly message: string;
  /** Facts for clients that belong to the reason (ids, limits). Sent with the error: never put secrets here. */
  readonly details?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  /** Seconds after which a retry makes sense; sent as `Retry-After`. */
  readonly retryAfterSec?: number;
  /** Facts for the log only. */
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const brand = Symbol.for("gantry.AppError");

/**
 * The only error that domain and application code throw. Adapters translate a library's errors into it once, hosts
 * translate it outward once; its `cause` and `meta` go to the log and never to a client.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly details: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  readonly retryAfterSec: number | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly [brand] = true;

  constructor(init: AppErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.kind = init.kind;
    this.reason = init.reason;
    this.details = init.details ?? {};
    this.violations = init.violations ?? [];
    this.retryAfterSec = init.retryAfterSec;
    this.meta = init.meta ?? {};
  }

  get retryable(): boolean {
    return statusTable[this.kind].retryable;
  }

  /** Recognises errors of another copy of this module too, which `instanceof` does not. */
  static is(error: unknown): error is AppError {
    return error instanceof Error && brand in error;
  }

  /**
   * Turns anything thrown into an AppError. What is not one becomes `internal` with a constant text, so that no
   * library's words reach a client; the original is kept as `cause`.
   */
  static from(error: unknown): AppError {
    if (AppError.is(error)) return error;
    return new AppError({
      kind: "internal",
      reason: "INTERNAL",
      message: "Something went wrong on our side.",
      cause: error,
    });
  }
}
