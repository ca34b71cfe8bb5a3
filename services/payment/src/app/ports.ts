import type { Money, Uuid } from "@gantry/kernel";
import type { Account, Entry, NewEntry } from "../domain/account.ts";
import type { Decision, Standing } from "../domain/decision.ts";
import type { Circumstances, Settlement, Verdict, WalletRequest } from "../domain/wallet-request.ts";

/** What came of an attempt to decide. */
export interface Arbitration {
  /** The decision about the order, whoever made it. */
  readonly standing: Standing;
  /** Whether this attempt made it. True exactly once for each order. */
  readonly made: boolean;
}

/** The arbiter: one decision for each order. */
export interface DecisionStore {
  /**
   * Makes `wanted` the decision about its order, unless there is one. Durable when it resolves; when it rejects, the outcome
   * is open and asking again tells it. Wallet requests of the order are looked at again.
   */
  decide(wanted: Decision): Promise<Arbitration>;
  find(orderUuid: Uuid): Promise<Standing | undefined>;
}

/** Which entries: those below a version, newest first. */
export interface EntryRange {
  readonly before: number | undefined;
  readonly limit: number;
}

/** A top-up that is asked for. */
export interface TopUpOrder {
  readonly userUuid: Uuid;
  readonly amount: Money;
  readonly idempotencyKey: string;
}

/** Accounts and their ledger. */
export interface WalletStore {
  /** An empty one for a person who never had an entry. */
  account(userUuid: Uuid): Promise<Account>;
  entries(userUuid: Uuid, range: EntryRange): Promise<readonly Entry[]>;
  /**
   * Makes the entry that `decide` gives for the account as it is, alone with it. When the key was used before, it gives that
   * entry and does nothing. Wallet requests of the person are looked at again.
   * @throws AppError IDEMPOTENCY_KEY_REUSED when the key was used with another amount, and what `decide` throws
   */
  topUp(order: TopUpOrder, decide: (account: Account) => NewEntry): Promise<Entry>;
}

/** What became of a request that was looked at. */
export type Attended = { readonly request: WalletRequest } & (
  | Settlement
  | { readonly state: "WAITING" }
  | { readonly state: "POSTPONED"; readonly error: unknown }
);

/** How many requests wait, and for how long yet until the next is to be looked at. */
export interface Queue {
  readonly waiting: number;
  readonly dueInMs: number | undefined;
}

/** Requests to pay from wallets. Each is settled once, with its event. */
export interface WalletRequests {
  /** Opens the accounts of the persons that have none. Requests of persons without account are not looked at. */
  openAccounts(): Promise<void>;
  /**
   * Looks at one request that is to be looked at: the first to arrive of a person of whom nobody else has the account. In one
   * transaction it carries out the verdict: the debit, the decision, the state of the request and the event.
   * @returns undefined when there is nothing to look at
   */
  attendNext(judge: (circumstances: Circumstances) => Verdict): Promise<Attended | undefined>;
  queue(): Promise<Queue>;
}

/** Says that there may be work for the worker: a hint, never needed. */
export type Wake = () => void;
