import type { Call } from "../history/call.ts";
import type { Drain, Injected } from "./snapshot.ts";
import type { Violation } from "./violation.ts";

/** A message that the fake messenger has delivered, as it keeps them. */
export interface TelegramRecord {
  readonly chatId: string;
  /** As the person sees it. */
  readonly shown: string;
}

/** What the checker is given: where to look, and what only the test knows. No secrets but the databases' addresses. */
export interface CheckRequest {
  readonly seed: string;
  readonly calls: readonly Call[];
  /** URL of each service's database, by service. */
  readonly databases: Readonly<Record<"order" | "payment" | "assembly" | "notification", string>>;
  /** Exactly one of the two. */
  readonly kafkaBrokers?: string;
  readonly eventLogUrl?: string;
  /** The chat that each person has told IAM of, by user. */
  readonly contacts: Readonly<Record<string, string>>;
  readonly telegram: readonly TelegramRecord[];
  readonly drain: Drain;
  readonly injected: Injected;
}

/** What the checker found. */
export interface Verdict {
  readonly seed: string;
  readonly ok: boolean;
  readonly violations: readonly Violation[];
  /** How much was looked at: a verdict about nothing is worth nothing. */
  readonly seen: Readonly<Record<string, number>>;
}
