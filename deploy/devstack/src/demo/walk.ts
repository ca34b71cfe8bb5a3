import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { IDENTITY_HEADER } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { type NotificationLog, toldOf } from "./notifications.ts";
import {
  cancel,
  create,
  expectStatus,
  finding,
  history,
  list,
  payAgain,
  payByCard,
  payByWallet,
  untilAssembled,
  untilPaid,
} from "./orders.ts";
import { type Finding, type Report, StepFailed } from "./report.ts";

/** A running system as a customer sees it, and what it writes about what it does. */
export interface DemoSystem {
  /** Base URL of `order`, `inventory` and `payment`. */
  readonly urls: Readonly<Record<string, string>>;
  /** A token that the services accept for that user. */
  tokenOf(userUuid: string): Promise<string>;
  /** What `notification` has logged. */
  readonly notifications: NotificationLog;
}

/**
 * The acceptance scenario: a new user takes a part, orders it and pays, and gets a ship; pays another order from the wallet;
 * orders once more and cancels. Ends at the first step that goes wrong; the report knows.
 */
export async function walk(system: DemoSystem, report: Report): Promise<void> {
  try {
    await everyStep(system, report);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  }
}

async function everyStep(system: DemoSystem, { step }: Report): Promise<void> {
  const userUuid = uuidv7();
  const token = await step("make a user", async () => finding(await system.tokenOf(userUuid), userUuid));
  const part = await step("list the parts and take one", () => takePart(system, token));
  const client = createOrderClient({ baseUrl: urlOf(system, "order"), headers: { [IDENTITY_HEADER]: token } });

  const paid = await step("order two of it → PENDING_PAYMENT", () => create(client, part));
  await step("pay by card → PAID", () => payByCard(client, paid));
  await step("paying again is refused → 409 ORDER_ALREADY_PAID", () => payAgain(client, paid));

  const waiting = await step("a second order → PENDING_PAYMENT", () => create(client, part));
  await step("pay it from an empty wallet → 202, PAYING", () => payByWallet(client, waiting));
  await step("fill the wallet", () => topUp(system, token, waiting.total));
  await step("the payment goes on by itself → PAID", () => untilPaid(client, waiting));

  const dropped = await step("a third order → PENDING_PAYMENT", () => create(client, part));
  await step("cancel it → 204", () => cancel(client, dropped));
  await step("read it back → CANCELLED", () => expectStatus(client, dropped, ["CANCELLED"]));
  await step("its history tells every change", () => history(client, dropped, ["PENDING_PAYMENT", "CANCELLED"]));

  for (const order of [paid, waiting]) {
    await step("a ship is built by itself → ASSEMBLED", () => untilAssembled(client, order));
    const states = ["PAID", "ASSEMBLED"];
    await step("notification told it", () => toldOf(system.notifications, order.order_uuid, states));
  }
  await step("all three are in the list, the newest first", () => list(client, [dropped, waiting, paid]));
}

function urlOf(system: DemoSystem, service: string): string {
  const url = system.urls[service];
  if (url === undefined) throw new Error(`the system has no ${service}`);
  return url;
}

const transportTo = (system: DemoSystem, service: string) =>
  createConnectTransport({ baseUrl: urlOf(system, service), httpVersion: "1.1" });

async function takePart(system: DemoSystem, token: string): Promise<Finding<string>> {
  const inventory = createClient(InventoryService, transportTo(system, "inventory"));
  const { parts } = await inventory.listParts({}, { headers: { [IDENTITY_HEADER]: token } });
  const [part] = parts;
  if (part === undefined) throw new Error("the catalogue is empty");
  return finding(part.partUuid, `${parts.length} parts on the first page; ${part.name}`);
}

async function topUp(
  system: DemoSystem,
  token: string,
  { minor, currency }: { readonly minor: number; readonly currency: string },
): Promise<Finding<void>> {
  const wallet = createClient(WalletService, transportTo(system, "payment"));
  const request = { amount: { minor: BigInt(minor), currency }, idempotencyKey: uuidv7() };
  await wallet.topUp(request, { headers: { [IDENTITY_HEADER]: token } });
  return finding(undefined, "with what the order costs");
}
