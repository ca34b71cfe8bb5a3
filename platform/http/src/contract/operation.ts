import type { Policy } from "@gantry/kernel";
import type { Call } from "./call.ts";
import type { Guard } from "./guard.ts";

/** How a parameter is read from its text on the wire. */
export interface ParameterSpec {
  /** Header names in lower case. */
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean";
  /** The parameter may be repeated and is always a list. */
  readonly list?: boolean;
  /** Stands in when the parameter is left out. */
  readonly fallback?: string | number | boolean | readonly (string | number | boolean)[];
}

/** What one status of an operation looks like. */
export interface AnswerSpec {
  /** Accepts `{ headers?, body? }` of exactly this status. */
  readonly guard: Guard<unknown>;
  /** Absent when the status has no body. */
  readonly mediaType?: string;
  /** The headers that the contract names for it. */
  readonly headers?: readonly string[];
}

/** What every handler's result is, whatever its contract says more precisely. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}

/** One operation of a contract and its implementation, as generated code states it. */
export interface OperationSpec<Input, Principal, Result> {
  readonly id: string;
  readonly method: string;
  /** Path with the contract's prefix and `{names}`. Names the operation in traces, metrics and logs. */
  readonly route: string;
  readonly policy: Policy;
  readonly path?: readonly ParameterSpec[];
  readonly query?: readonly ParameterSpec[];
  readonly header?: readonly ParameterSpec[];
  readonly body?: "required" | "optional";
  readonly request: Guard<Input>;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  handle(input: Input, call: Call<Principal>): Result | Promise<Result>;
}

/** An operation whose types are proved by its guard and its policy and of no more interest to the host. */
export type Operation = OperationSpec<unknown, unknown, Answer>;

/** A contract and its implementation. */
export interface Contract {
  /** Names the service in problem types: `urn:gantry:<service>:…`. */
  readonly service: string;
  readonly operations: readonly Operation[];
}

/**
 * Takes an operation's types away once the compiler has checked them against its handler. Sound, because the host calls
 * `handle` only with what `request` has accepted and with the principal that `policy` asks for.
 */
export const operation = <Input, Principal, Result extends Answer>(
  spec: OperationSpec<Input, Principal, Result>,
): Operation => spec as unknown as Operation;
