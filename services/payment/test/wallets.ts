import { createFailpoints } from "@gantry/failpoints";
import { events } from "@gantry/gen/events/registry";
import { type Uuid, uuidv7 } from "@gantry/kernel";
import { createEventCodec } from "@gantry/messaging";
import type { Postgres } from "@gantry/postgres";
import { type Logger, silentLogger } from "@gantry/telemetry";
import { type RawBuilder, sql } from "kysely";
import { expect } from "vitest";
import type { PaymentTables } from "../src/adapters/payment-tables.ts";
import { acceptRequest } from "../src/adapters/wallet-request-rows.ts";
import { PostgresWalletRequests } from "../src/adapters/wallet-requests.postgres.ts";
import { PostgresWalletStore } from "../src/adapters/wallet-store.postgres.ts";
import { ServeWallets } from "../src/app/serve-wallets.ts";
import { TopUp } from "../src/app/top-up.ts";
import type { WalletRequest } from "../src/domain/wallet-request.ts";
import { usd } from "./builders.ts";

export const HOUR_MS = 3_600_000;
export const codec = createEventCodec(events);

/** The wallets of one replica, without its broker and its worker: a test says when something happens. */
export function aReplica(postgres: Postgres<PaymentTables>, failpoints?: string, logger: Logger = silentLogger) {
  const requests = new PostgresWalletRequests({ postgres, codec, failpoints: createFailpoints(failpoints) });
  const serve = new ServeWallets(requests, () => undefined, logger);
  const topUp = new TopUp(new PostgresWalletStore(postgres), () => undefined, logger);
  return {
    requests,
    /** An OrderPaymentRequested arrives. */
    accept: (request: WalletRequest, waitMs = HOUR_MS) =>
      postgres.transaction((trx) => acceptRequest(trx, request, waitMs)),
    topUp: (userUuid: Uuid, minor: bigint) => topUp.execute(userUuid, usd(minor), uuidv7()),
    round: () => serve.round(new AbortController().signal),
  };
}

/** What can be read about requests, and what must be true of all of them at any time. */
export function aReader({ db }: Postgres<PaymentTables>) {
  /** The events about an order, in the order in which they will be sent. */
  const eventsOf = async (orderUuid: Uuid) => {
    const rows = await db
      .selectFrom("outbox")
      .selectAll()
      .where("aggregate_id", "=", orderUuid)
      .orderBy("id")
      .execute();
    return rows.map((row) =>
      codec.decode({
        eventId: row.event_id,
        type: row.type,
        topic: row.topic,
        key: row.aggregate_id,
        version: row.aggregate_version,
        payload: row.payload,
        headers: row.headers,
      }),
    );
  };

  const rowOf = ({ orderUuid, orderVersion }: WalletRequest) =>
    db
      .selectFrom("wallet_request")
      .selectAll()
      .where("order_uuid", "=", orderUuid)
      .where("order_version", "=", orderVersion)
      .executeTakeFirstOrThrow();

  const stateOf = async (request: WalletRequest) => {
    const { state, failure_reason: reason } = await rowOf(request);
    return reason ?? state;
  };

  const balanceOf = async (userUuid: Uuid) => {
    const query = db.selectFrom("account").select("balance_minor").where("user_uuid", "=", userUuid);
    return (await query.executeTakeFirst())?.balance_minor;
  };

  return {
    eventsOf,
    rowOf,
    stateOf,
    balanceOf,
    audit: () => expectNone(db, wrong),
    /** While nobody sends them, the events are all there too. */
    auditOutbox: () => expectNone(db, wrongInOutbox),
  };
}

type Queries = Readonly<Record<string, RawBuilder<unknown>>>;

/** Each finds what must not be there, at any time: money, decisions and requests agree. */
const wrong: Queries = {
  "a balance that is not the sum of its entries": sql`
    select user_uuid from account left join ledger_entry using (user_uuid) group by user_uuid
    having account.balance_minor <> coalesce(sum(case kind when 'TOP_UP' then amount_minor else -amount_minor end), 0)
      or account.version <> count(kind) or account.balance_minor < 0`,
  "a payment by wallet without its debit, or a debit without its payment": sql`
    select order_uuid from (select * from payment where payment_method = 'WALLET') as paid
    full join (select * from ledger_entry where kind = 'PAYMENT') as debit using (order_uuid)
    where (paid.user_uuid, paid.amount_minor, paid.currency, paid.transaction_uuid)
      is distinct from (debit.user_uuid, debit.amount_minor, debit.currency, debit.entry_uuid)`,
  "a completed request of an order that is not paid": sql`
    select order_uuid from wallet_request left join payment using (order_uuid)
    where state = 'COMPLETED' and payment.transaction_uuid is distinct from wallet_request.transaction_uuid`,
  "an order with more or fewer events than settled requests": sql`
    select order_uuid from (
      select order_uuid, count(*) filter (where state <> 'WAITING') as settled from wallet_request group by order_uuid
    ) as asked
    left join payment_event_counter using (order_uuid) where settled <> coalesce(last_version, 0)`,
};

const wrongInOutbox: Queries = {
  "an order whose events are not there, counted without a gap": sql`
    select order_uuid from payment_event_counter
    left join (
      select aggregate_id, count(*) as told, min(aggregate_version) as first, max(aggregate_version) as last
      from outbox group by aggregate_id
    ) as event on event.aggregate_id = order_uuid
    where (last_version, 1, last_version) is distinct from (told, first, last)`,
};

async function expectNone(db: Postgres<PaymentTables>["db"], queries: Queries): Promise<void> {
  for (const [what, query] of Object.entries(queries)) expect((await query.execute(db)).rows, what).toEqual([]);
}
