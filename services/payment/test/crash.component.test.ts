import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { PaymentDecision, PaymentMethod } from "@gantry/gen/proto/gantry/payment/v1/payment_pb";
import { uuidv7 } from "@gantry/kernel";
import { guard, testDatabase, testIdentity } from "@gantry/testing";
import { afterAll, describe, expect, test } from "vitest";
import { clientsAs } from "./clients.ts";
import { aStore, openDatabase } from "./database.ts";

const identity = testIdentity();
const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** The service as a process of its own, as the launcher starts it. Resolves when it says that it is ready. */
async function start(postgresUrl: string, failpoints = "") {
  const env = { ...identity.env("payment"), PAYMENT_POSTGRES_URL: postgresUrl, FP: failpoints };
  const child = spawn(process.execPath, ["--conditions=@gantry/source", main], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  guard(child);
  afterAll(() => void child.kill("SIGKILL"));
  const stderr = text(child.stderr);
  return { child, stderr, payments: paymentsOf(await readyPort(child)) };
}

async function readyPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("stdout is not piped");
  for await (const line of createInterface(child.stdout)) {
    const { message, ports } = JSON.parse(line);
    if (message === "ready") return ports.rpc;
  }
  throw new Error("the service ended before it was ready");
}

const paymentsOf = (port: number) => clientsAs(`http://127.0.0.1:${port}`, () => identity.service("order")).payments;

describe.each([
  ["payment.tx.before_commit", false],
  ["payment.tx.after_commit", true],
])("killed at %s", (failpoint, survives) => {
  test("the service decides once: whoever asks again after its restart gets the one decision", async () => {
    const { url } = await testDatabase();
    const request = {
      orderUuid: uuidv7(),
      userUuid: uuidv7(),
      paymentMethod: PaymentMethod.CARD,
      amount: { minor: 7n, currency: "USD" },
    };
    const killed = await start(url, `${failpoint}:kill:1`);
    const exited = once(killed.child, "exit");
    await expect(killed.payments.payOrder(request)).rejects.toMatchObject({ kind: "unavailable" });
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(await killed.stderr).toContain(`failpoint fired: ${failpoint} kill`);

    const found = await aStore(openDatabase(url)).find(request.orderUuid);
    expect(found?.decision).toBe(survives ? "PAY" : undefined);

    const { child, payments } = await start(url);
    const { transactionUuid } = await payments.payOrder(request);
    if (found?.decision === "PAY") expect(transactionUuid).toBe(found.transactionUuid);
    expect(await payments.voidPayment(request)).toMatchObject({ decision: PaymentDecision.PAID, transactionUuid });

    const stopped = once(child, "exit");
    child.kill("SIGTERM");
    expect(await stopped).toEqual([0, null]);
  });
});
