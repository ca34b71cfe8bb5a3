import { createClient } from "@connectrpc/connect";
import { createOrderClient } from "@gantry/gen/openapi/order/client";
import { InventoryService } from "@gantry/gen/proto/gantry/inventory/v1/inventory_service_pb";
import { WalletService } from "@gantry/gen/proto/gantry/payment/v1/wallet_service_pb";
import { uuidv7 } from "@gantry/kernel";
import { type Customer, transportTo } from "../customer.ts";
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
import { begin, end, enrol, refused } from "./sessions.ts";

/** A running system as a customer sees it, and what it writes about what it does. */
export interface DemoSystem {
  /** Base URL of its gateway: the walk knows no other address. */
  readonly gateway: string;
  /** What `notification` has logged. */
  readonly notifications: NotificationLog;
}

/**
 * The acceptance scenario: somebody registers and logs in, takes a part, orders it and pays, and gets a ship; pays another
 * order from the wallet; orders once more and cancels; logs out. Ends at the first step that goes wrong; the report knows.
 */
export async function walk(system: DemoSystem, report: Report): Promise<void> {
  try {
    await everyStep(system, report);
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
  }
}

async function everyStep(system: DemoSystem, { step }: Report): Promise<void> {
  const { gateway } = system;
  const registration = await step("register", () => enrol(gateway));
  await step("without a session nothing is open → 401 SESSION_MISSING", () => refused(gateway, {}, "SESSION_MISSING"));
  const customer = await step("log in", () => begin(gateway, registration));
  const { headers } = customer;
  const part = await step("list the parts and take one", () => takePart(gateway, customer));
  const client = createOrderClient({ baseUrl: gateway, headers });

  const paid = await step("order two of it → PENDING_PAYMENT", () => create(client, part));
  await step("pay by card → PAID", () => payByCard(client, paid));
  await step("paying again is refused → 409 ORDER_ALREADY_PAID", () => payAgain(client, paid));

  const waiting = await step("a second order → PENDING_PAYMENT", () => create(client, part));
  await step("pay it from an empty wallet → 202, PAYING", () => payByWallet(client, waiting));
  await step("fill the wallet", () => topUp(gateway, customer, waiting.total));
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

  await step("log out", () => end(gateway, customer));
  await step("the session is over → 401 SESSION_INVALID", () => refused(gateway, headers, "SESSION_INVALID"));
}

async function takePart(gateway: string, { headers }: Customer): Promise<Finding<string>> {
  const { parts } = await createClient(InventoryService, transportTo(gateway)).listParts({}, { headers });
  const [part] = parts;
  if (part === undefined) throw new Error("the catalogue is empty");
  return finding(part.partUuid, `${parts.length} parts on the first page; ${part.name}`);
}

async function topUp(
  gateway: string,
  { headers }: Customer,
  { minor, currency }: { readonly minor: number; readonly currency: string },
): Promise<Finding<void>> {
  const request = { amount: { minor: BigInt(minor), currency }, idempotencyKey: uuidv7() };
  await createClient(WalletService, transportTo(gateway)).topUp(request, { headers });
  return finding(undefined, "with what the order costs");
}
