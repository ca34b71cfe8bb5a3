import { afterAll, beforeAll, expect, test } from "vitest";
import { type Checkout, checkout } from "./checkout.ts";

let copy: Checkout;

beforeAll(async () => {
  copy = await checkout();
});
afterAll(() => copy[Symbol.asyncDispose]());

const contract = "contracts/order.openapi.yaml";

test("a checkout as it is compiles", async () => {
  await copy.generate();
  expect(await copy.brokenFiles()).toEqual([]);
}, 120_000);

test("a new member of an answer breaks exactly those who make that answer", async () => {
  const required = "required: [order_uuid, user_uuid, status, items, total, version, created_at, updated_at]";
  const member = "        updated_at:\n          description: When the order last changed.";
  await copy.edit(contract, required, required.replace("updated_at]", "updated_at, note]"));
  await copy.edit(contract, member, `        note: { type: string, maxLength: 9 }\n${member}`);
  await copy.generate();
  expect(await copy.brokenFiles()).toEqual([
    "deploy/bench/src/servers/order-answer.ts",
    "services/order/src/api/order-http.map.ts",
  ]);
  await copy.restore(contract);
}, 120_000);

test("another status of an operation breaks exactly who answers it", async () => {
  await copy.edit(
    contract,
    '"204":\n          description: The order is cancelled',
    '"205":\n          description: The order is cancelled',
  );
  await copy.generate();
  expect(await copy.brokenFiles()).toEqual(["services/order/src/api/order-http.ts"]);
  await copy.restore(contract);
}, 120_000);

test("a new state of orders breaks exactly where states of the contract meet those of the domain", async () => {
  await copy.edit(contract, "enum: [NEW, PENDING_PAYMENT,", "enum: [NEW, ON_HOLD, PENDING_PAYMENT,");
  await copy.generate();
  expect(await copy.brokenFiles()).toEqual(["services/order/src/api/order-http.ts"]);
}, 120_000);
