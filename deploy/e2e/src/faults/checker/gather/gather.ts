import type { CheckRequest } from "../check-request.ts";
import type { Snapshot } from "../snapshot.ts";
import { assemblyEvents, readJobs } from "./assembly.ts";
import { reading } from "./database.postgres.ts";
import { deliveriesOf, readNotices } from "./notices.ts";
import { orderEvents, readOrders } from "./order.ts";
import { paymentEvents, readPayments } from "./payment.ts";
import { readTopics } from "./topics.ts";
import { readInbox, readOutbox } from "./transport.ts";

/** Reads everything that the invariants are about. The system must be quiet: the databases are read one after another. */
export async function gather(request: CheckRequest): Promise<Snapshot> {
  const { databases, calls, drain, injected, telegram, contacts } = request;
  const order = await reading(databases.order, async (read) => ({
    ...(await readOrders(read)),
    ...(await readInbox(read)),
    outbox: await readOutbox("order", read),
  }));
  const payment = await reading(databases.payment, async (read) => ({
    ...(await readPayments(read)),
    ...(await readInbox(read)),
    outbox: await readOutbox("payment", read),
    events: await paymentEvents(read),
  }));
  const assembly = await reading(databases.assembly, async (read) => ({
    jobs: await readJobs(read),
    ...(await readInbox(read)),
    outbox: await readOutbox("assembly", read),
  }));
  const notification = await reading(databases.notification, async (read) => ({
    notices: await readNotices(read, contacts),
    ...(await readInbox(read)),
  }));
  const all = [order, payment, assembly, notification];
  return {
    ...(await readTopics(request)),
    ...pick(order),
    calls,
    ledger: [...orderEvents(order.history), ...payment.events, ...assemblyEvents(assembly.jobs)],
    inbox: all.flatMap(({ inbox }) => inbox),
    cursors: all.flatMap(({ cursors }) => cursors),
    parked: all.flatMap(({ parked }) => parked),
    outbox: [order, payment, assembly].flatMap(({ outbox }) => outbox),
    payments: payment.payments,
    accounts: payment.accounts,
    entries: payment.entries,
    jobs: assembly.jobs,
    notices: notification.notices,
    deliveries: deliveriesOf(telegram),
    drain,
    injected,
  };
}

const pick = ({ takenAtMs, orders, history, keys, rejected }: Awaited<ReturnType<typeof readOrders>>) => ({
  takenAtMs,
  orders,
  history,
  keys,
  rejected,
});
