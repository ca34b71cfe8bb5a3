import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Call, Ok, Outcome } from "../history/call.ts";
import type { Api, Item, Method } from "./api.ts";

/** Receives every attempt as soon as it has ended. */
export type Recorder = (call: Call) => void;

/** A client that keeps trying: each call is repeated under its key until somebody answers. */
export interface Client {
  readonly userUuid: string;
  create(items: readonly Item[], payWith?: "WALLET"): Promise<Ok | undefined>;
  pay(orderUuid: string, method: Method): Promise<Ok | undefined>;
  cancel(orderUuid: string): Promise<Ok | undefined>;
  topUp(amountMinor: number): Promise<Ok | undefined>;
  status(orderUuid: string): Promise<string | undefined>;
}

/** How stubborn a client is. */
export interface ClientOptions {
  readonly api: Api;
  readonly record: Recorder;
  /** Sends each request once more after it was answered. */
  readonly repeats: boolean;
  /** Ends the trying, not what is under way. */
  readonly signal: AbortSignal;
}

const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Worth another attempt with the same key: nobody knows, or the first one is still at work. */
const isOpen = (outcome: Outcome): boolean =>
  outcome.kind === "unknown" || (outcome.kind === "fail" && outcome.code === "IDEMPOTENCY_KEY_IN_USE");

type Intent = Omit<Call, "userUuid" | "startedAtMs" | "endedAtMs" | "outcome">;

export function createClient({ api, record, repeats, signal }: ClientOptions): Client {
  const attempt = async (intent: Intent, ask: () => Promise<Outcome>): Promise<Outcome> => {
    const startedAtMs = Date.now();
    const outcome = await ask();
    record({ userUuid: api.userUuid, ...intent, startedAtMs, endedAtMs: Date.now(), outcome });
    return outcome;
  };
  const insist = async (intent: Intent, ask: () => Promise<Outcome>): Promise<Ok | undefined> => {
    let outcome = await attempt(intent, ask);
    for (let time = 1; time < ATTEMPTS && isOpen(outcome) && !signal.aborted; time++) {
      await delay(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** time));
      outcome = await attempt(intent, ask);
    }
    if (repeats && outcome.kind === "ok" && !signal.aborted) await attempt(intent, ask);
    return outcome.kind === "ok" ? outcome : undefined;
  };
  return {
    userUuid: api.userUuid,
    create(items, payWith) {
      const key = randomUUID();
      const intent = { operation: "create", key, ...(payWith !== undefined && { paymentMethod: payWith }) } as const;
      return insist(intent, () => api.create(items, key, payWith));
    },
    pay(orderUuid, method) {
      const key = randomUUID();
      return insist({ operation: "pay", key, orderUuid, paymentMethod: method }, () => api.pay(orderUuid, method, key));
    },
    cancel: (orderUuid) => insist({ operation: "cancel", orderUuid }, () => api.cancel(orderUuid)),
    topUp(amountMinor) {
      const key = randomUUID();
      return insist({ operation: "topUp", key, amountMinor }, () => api.topUp(amountMinor, key));
    },
    status: (orderUuid) => api.status(orderUuid),
  };
}
