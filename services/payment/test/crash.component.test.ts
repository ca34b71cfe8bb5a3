import { timestampNow } from "@bufbuild/protobuf/wkt";
import { OrderPaymentRequestedSchema } from "@gantry/gen/proto/gantry/order/v1/events_pb";
import { PaymentDecision, PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { type Uuid, uuidv7 } from "@gantry/kernel";
import type { Broker } from "@gantry/messaging";
import { eventually, testIdentity } from "@gantry/testing";
import { describe, expect, test } from "vitest";
import { usd } from "./builders.ts";
import { clientsAs } from "./clients.ts";
import { aStore, openDatabase } from "./database.ts";
import { startProcess, surroundings } from "./process.ts";
import { aReader, codec } from "./wallets.ts";

const identity = testIdentity();
const paymentsAt = (url: string) => clientsAs(url, () => identity.service("order", "payment")).payments;
const walletAt = (url: string, userUuid: Uuid) => clientsAs(url, () => identity.user(userUuid)).wallet;

describe.each([
  ["payment.tx.before_commit", false],
  ["payment.tx.after_commit", true],
])("killed at %s", (failpoint, survives) => {
  test("the service decides once: whoever asks again after its restart gets the one decision", async () => {
    const around = await surroundings();
    const request = {
      orderUuid: uuidv7(),
      userUuid: uuidv7(),
      paymentMethod: PaymentMethod.CARD,
      amount: { minor: 7n, currency: "USD" },
    };
    const killed = await startProcess(around, identity, `${failpoint}:kill:1`);
    await expect(paymentsAt(killed.url).payOrder(request)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await killed.exited).toEqual([null, "SIGKILL"]);
    expect(await killed.stderr).toContain(`failpoint fired: ${failpoint} kill`);

    const found = await aStore(openDatabase(around.postgresUrl)).find(request.orderUuid);
    expect(found?.decision).toBe(survives ? "PAY" : undefined);

    const { url, kill, exited } = await startProcess(around, identity);
    const { transactionUuid } = await paymentsAt(url).payOrder(request);
    if (found?.decision === "PAY") expect(transactionUuid).toBe(found.transactionUuid);
    expect(await paymentsAt(url).voidPayment(request)).toMatchObject({
      decision: PaymentDecision.PAID,
      transactionUuid,
    });
    kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });
});

describe.each([["consumer.after_tx"], ["wallet.before_commit"], ["wallet.after_commit"]])(
  "killed at %s",
  (failpoint) => {
    test("the service charges the wallet once and answers with one event, after its restart", async () => {
      const around = await surroundings();
      const order = { orderUuid: uuidv7(), userUuid: uuidv7(), version: 1 };
      const killed = await startProcess(around, identity, `${failpoint}:kill:1`);
      await walletAt(killed.url, order.userUuid).topUp({ amount: usd(100n), idempotencyKey: "k" });
      await ask(around.broker, order);
      expect(await killed.exited).toEqual([null, "SIGKILL"]);
      expect(await killed.stderr).toContain(`failpoint fired: ${failpoint} kill`);

      const { url, kill, exited } = await startProcess(around, identity);
      const answers = await eventually(async () => {
        const found = await told(around.broker, order.orderUuid);
        if (found.length === 0) throw new Error("nothing told yet");
        return found;
      });
      expect(new Set(answers.map(({ eventId }) => eventId)).size).toBe(1);
      expect(answers[0]).toMatchObject({ type: "gantry.payment.v1.PaymentCompleted", version: 1 });
      const { account } = await walletAt(url, order.userUuid).getAccount({});
      expect(account).toMatchObject({ balance: usd(60n), version: 2 });
      await aReader(openDatabase(around.postgresUrl)).audit();
      kill("SIGTERM");
      expect(await exited).toEqual([0, null]);
    });
  },
);

async function ask(broker: Broker, order: { orderUuid: Uuid; userUuid: Uuid; version: number }): Promise<void> {
  const payBy = { paymentMethod: PaymentMethod.WALLET, total: usd(40n) };
  const asked = codec.record(OrderPaymentRequestedSchema, { ...order, ...payBy, occurredAt: timestampNow() });
  expect(await broker.send([codec.toMessage(asked)])).toEqual([{ acked: true }]);
}

/** Everything that payment has told about an order, repeats and all. */
async function told(broker: Broker, orderUuid: Uuid) {
  const ranges = await broker.admin.ranges("payment.events.v1");
  const read = ({ partition }: { readonly partition: number }) =>
    broker.admin.read("payment.events.v1", partition, 0n, 100);
  const messages = await Promise.all(ranges.map(read));
  return messages
    .flat()
    .filter(({ key }) => key === orderUuid)
    .map((message) => codec.toRecord(message));
}
