import type { Failpoints } from "@gantry/failpoints";
import type { events } from "@gantry/gen/events/registry";
import type { EventCodec } from "@gantry/messaging";
import { type Postgres, writeOutbox } from "@gantry/postgres";
import { startConsumerSpan } from "@gantry/telemetry";
import { sql, type Transaction } from "kysely";
import type { Attended, Queue, WalletRequests } from "../app/ports.ts";
import { type Account, debit } from "../domain/account.ts";
import { type Circumstances, paymentOf, type Settlement, type Verdict } from "../domain/wallet-request.ts";
import { findDecision, insertDecision } from "./decision-rows.ts";
import { appendEntry } from "./ledger.ts";
import { settlementEvent } from "./payment-events.ts";
import type { PaymentTables } from "./payment-tables.ts";
import {
  endRequest,
  firstToAttend,
  lockNextAccount,
  postpone,
  type Waiting,
  waitUntilDue,
} from "./wallet-request-rows.ts";

type Judge = (circumstances: Circumstances) => Verdict;
type Trx = Transaction<PaymentTables>;

/** So many accounts are opened by one statement: after an outage, all that are missing would take too long. */
const AT_ONCE = 1000;

export interface WalletRequestsOptions {
  readonly postgres: Postgres<PaymentTables>;
  readonly codec: EventCodec<typeof events>;
  readonly failpoints: Failpoints;
}

/**
 * Wallet requests in PostgreSQL. Locks are taken in this order, so that nobody waits in a circle: account, decision, request,
 * counter of events.
 */
export class PostgresWalletRequests implements WalletRequests {
  readonly #postgres: Postgres<PaymentTables>;
  readonly #codec: EventCodec<typeof events>;
  readonly #failpoints: Failpoints;

  constructor({ postgres, codec, failpoints }: WalletRequestsOptions) {
    this.#postgres = postgres;
    this.#codec = codec;
    this.#failpoints = failpoints;
  }

  /** Not where requests are accepted: that transaction is one for many events, and would lock accounts in their order. */
  async openAccounts(): Promise<void> {
    await sql`
      insert into account (user_uuid)
      select distinct user_uuid from (
        select user_uuid from wallet_request
        where state = 'WAITING' and attend_at <= statement_timestamp()
          and not exists (select from account where account.user_uuid = wallet_request.user_uuid)
        order by attend_at
        limit ${AT_ONCE}
      ) as oldest
      order by user_uuid
      on conflict do nothing`.execute(this.#postgres.db);
  }

  async attendNext(judge: Judge): Promise<Attended | undefined> {
    let waiting: Waiting | undefined;
    try {
      const attended = await this.#postgres.transaction(async (trx) => {
        waiting = undefined;
        const account = await lockNextAccount(trx);
        waiting = account && (await firstToAttend(trx, account.userUuid));
        return account && waiting && (await this.#attend(trx, account, waiting, judge));
      });
      if (attended !== undefined && attended.state !== "WAITING") await this.#failpoints.hit("wallet.after_commit");
      return attended;
    } catch (error) {
      if (waiting === undefined) throw error;
      await postpone(this.#postgres.db, waiting);
      return { request: waiting.request, state: "POSTPONED", error };
    }
  }

  async queue(): Promise<Queue> {
    const { waiting, due_in_ms } = await this.#postgres.db
      .selectFrom("wallet_request")
      .select((eb) => [
        eb.cast<number>(eb.fn.countAll(), "integer").as("waiting"),
        sql<number | null>`(1000 * extract(epoch from min(attend_at) - clock_timestamp()))::float8`.as("due_in_ms"),
      ])
      .where("state", "=", "WAITING")
      .executeTakeFirstOrThrow();
    return { waiting, dueInMs: due_in_ms ?? undefined };
  }

  /** In the trace of the event that asked, so that the answer goes on in it. */
  async #attend(trx: Trx, account: Account, waiting: Waiting, judge: Judge): Promise<Attended> {
    const { request, due } = waiting;
    const span = startConsumerSpan("attend wallet request", waiting.trace);
    try {
      const attended = await span.run(async () => {
        const standing = await findDecision(trx, request.orderUuid);
        return this.#carryOut(trx, account, waiting, judge({ request, account, standing, due }));
      });
      span.end();
      return attended;
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  async #carryOut(trx: Trx, account: Account, waiting: Waiting, verdict: Verdict): Promise<Attended> {
    switch (verdict.outcome) {
      case "WAIT":
        await waitUntilDue(trx, waiting);
        return { request: waiting.request, state: "WAITING" };
      case "FAIL":
        return this.#settle(trx, waiting, { state: "FAILED", reason: verdict.reason });
      case "PAID":
        return this.#settle(trx, waiting, { state: "COMPLETED", payment: verdict.payment, charged: false });
      case "PAY":
        return this.#pay(trx, account, waiting);
    }
  }

  /** When somebody has just decided about the order, nothing is done: the request is looked at again, and meets the decision. */
  async #pay(trx: Trx, account: Account, waiting: Waiting): Promise<Attended> {
    const { request } = waiting;
    const payment = await insertDecision(trx, paymentOf(request));
    if (payment === undefined) return { request, state: "WAITING" };
    await appendEntry(trx, debit(account, payment));
    return this.#settle(trx, waiting, { state: "COMPLETED", payment, charged: true });
  }

  async #settle(trx: Trx, waiting: Waiting, settlement: Settlement): Promise<Attended> {
    const facts = await endRequest(trx, waiting, settlement);
    await writeOutbox(trx, [settlementEvent(this.#codec, waiting.request, settlement, facts)]);
    await this.#failpoints.hit("wallet.before_commit");
    return { request: waiting.request, ...settlement };
  }
}
