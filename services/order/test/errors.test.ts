import { readFile } from "node:fs/promises";
import { setImmediate as immediate } from "node:timers/promises";
import { orderContract } from "@gantry/gen/openapi/order/server";
import type { Problem } from "@gantry/http";
import { createContractApp } from "@gantry/http/contract";
import { createIdentitySigner, createIdentityVerifier, IDENTITY_HEADER } from "@gantry/identity";
import { AppError, MAX_MINOR, ManualClock, systemClock, uuidv7 } from "@gantry/kernel";
import { translatePostgresError } from "@gantry/postgres";
import { silentLogger as logger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { MemoryOrderStore } from "../src/adapters/order-store.memory.ts";
import { createOrderApi } from "../src/api/order-http.ts";
import { CancelOrder } from "../src/app/cancel-order.ts";
import { CreateOrder } from "../src/app/create-order.ts";
import { PayOrder } from "../src/app/pay-order.ts";
import type { OrderQueries, OrderStore, Part, PartsCatalog, PaymentGateway } from "../src/app/ports.ts";
import { createSettlePayment } from "../src/app/settle-payment.ts";
import type { Order } from "../src/domain/order.ts";
import { anOrder, aRequest } from "./builders.ts";

/** Every error of the contract, brought about: an entry for each code of each status of each operation. */

const userUuid = uuidv7();
const identity = testIdentity();
const engine: Part = { partUuid: uuidv7(), name: "Vulcan main engine", price: { minor: 100n, currency: "USD" } };
const foreign: Part = { ...engine, partUuid: uuidv7(), price: { minor: 1n, currency: "EUR" } };
const priceless: Part = { ...engine, partUuid: uuidv7(), price: { minor: MAX_MINOR, currency: "USD" } };

const never = (): Promise<never> => new Promise(() => undefined);
const fail = (error: unknown) => async (): Promise<never> => {
  throw error;
};
const unavailable = (reason: string) =>
  fail(new AppError({ kind: "unavailable", reason, message: "gone", retryAfterSec: 1 }));
const conflict = (reason: string) =>
  fail(new AppError({ kind: "conflict", reason, message: "busy", retryAfterSec: 1 }));
const databaseGone = fail(translatePostgresError(Object.assign(new Error("terminating"), { code: "57P01" })));
const databaseSlow = fail(translatePostgresError(Object.assign(new Error("canceling"), { code: "57014" })));
const bug = fail(new TypeError("secret internals"));

/** The parts of the service, each of which a scenario may replace. */
interface Parts {
  readonly store: OrderStore;
  readonly queries: OrderQueries;
  readonly catalog: PartsCatalog;
  readonly payment: PaymentGateway;
}

interface Scenario {
  /** What of the service behaves in its own way. */
  readonly with?: Partial<Parts>;
  readonly order?: Order;
  readonly request: RequestInit & { readonly path: string };
  /** How often the request is made, all at once; the first that is one too many counts, if there is one. */
  readonly times?: number;
}

async function run({
  with: replaced = {},
  order = anOrder({ userUuid }),
  request,
  times = 1,
}: Scenario): Promise<Response> {
  const memory = new MemoryOrderStore();
  await memory.insert({ order, changes: [] });
  const store = replaced.store ?? memory;
  const parts = {
    queries: {
      list: async () => ({ orders: [] }),
      history: async () => [
        { version: 1, to: "PENDING_PAYMENT" as const, cause: "CREATED" as const, occurredAt: new Date() },
      ],
    },
    catalog: { find: async () => [engine, foreign, priceless] },
    payment: {
      pay: async () => ({ decision: "PAID" as const, transactionUuid: uuidv7() }),
      void: async () => ({ decision: "VOIDED" as const }),
    },
    ...replaced,
    store,
    settle: createSettlePayment(store),
    clock: systemClock,
    failpoint: async () => undefined,
  };
  const api = createOrderApi({
    create: new CreateOrder(parts),
    pay: new PayOrder(parts),
    cancel: new CancelOrder(parts),
    store,
    queries: parts.queries,
  });
  const app = createContractApp(orderContract(api), {
    logger,
    verifier: createIdentityVerifier({ service: "order", jwks: identity.jwks }),
    rateLimits: times > 1,
  });
  const send = () => app.request(`http://order.test/api/v1${request.path}`, request);
  const answers = Array.from({ length: times }, send);
  return untilAnswered(Promise.all(answers).then((all) => all.find(({ status }) => status === 429) ?? all[0]));
}

/** Lets faked time pass while the answer is awaited; does nothing to real time. */
async function untilAnswered(answer: Promise<Response | undefined>): Promise<Response> {
  let answered = false;
  const settled = answer.finally(() => {
    answered = true;
  });
  while (vi.isFakeTimers() && !answered) {
    await immediate();
    await vi.advanceTimersByTimeAsync(1000);
  }
  const response = await settled;
  if (response === undefined) throw new Error("a scenario makes at least one request");
  return response;
}

const broken = (method: keyof MemoryOrderStore, behaviour: () => Promise<never>): OrderStore =>
  Object.assign(new MemoryOrderStore(), { [method]: behaviour });

let headers: Record<string, string>;
beforeEach(async () => {
  headers = { [IDENTITY_HEADER]: await identity.user(userUuid), "content-type": "application/json" };
});
afterEach(() => vi.useRealTimers());

const orderUuid = "01a1fd5a-4048-7edf-b3e0-9bfca998ed3b";
const own = anOrder({ userUuid, orderUuid });
const as = (status: Order["status"]): Order => ({
  ...own,
  status,
  ...(status === "PAID" && { transactionUuid: uuidv7() }),
});
const late = (): Order => ({ ...own, expiresAt: new Date(0) });
const one = (part: Part, quantity = 1) => ({ items: [{ part_uuid: part.partUuid, quantity }] });

/** What an operation's own request looks like, and what it reads first. */
const operations = {
  createOrder: {
    path: "/orders",
    method: "POST",
    body: one(engine),
    first: (b: () => Promise<never>) => ({ store: broken("insert", b) }),
  },
  listOrders: {
    path: "/orders",
    method: "GET",
    first: (b: () => Promise<never>) => ({ queries: { list: b, history: b } }),
  },
  getOrder: {
    path: `/orders/${orderUuid}`,
    method: "GET",
    first: (b: () => Promise<never>) => ({ store: broken("find", b) }),
  },
  getOrderHistory: {
    path: `/orders/${orderUuid}/history`,
    method: "GET",
    first: (b: () => Promise<never>) => ({ store: broken("find", b) }),
  },
  payOrder: {
    path: `/orders/${orderUuid}/pay`,
    method: "POST",
    body: { payment_method: "CARD" },
    first: (b: () => Promise<never>) => ({ store: broken("update", b) }),
  },
  cancelOrder: {
    path: `/orders/${orderUuid}/cancel`,
    method: "POST",
    first: (b: () => Promise<never>) => ({ store: broken("update", b) }),
  },
} as const;
type OperationId = keyof typeof operations;

const requestOf = (
  id: OperationId,
  change: RequestInit & { path?: string; json?: unknown } = {},
): Scenario["request"] => {
  const operation = operations[id];
  const json = change.json ?? ("body" in operation ? operation.body : undefined);
  return {
    method: operation.method,
    path: operation.path,
    headers,
    ...(json !== undefined && { body: JSON.stringify(json) }),
    ...change,
  };
};
const signed = async (token: Promise<string> | string) => ({ headers: { ...headers, [IDENTITY_HEADER]: await token } });
const expired = async (): Promise<string> => {
  const clock = new ManualClock(new Date(Date.now() - 3_600_000));
  return createIdentitySigner({ privateJwk: identity.privateJwk("users"), clock, ttlSec: 60 }).user(userUuid, uuidv7());
};
const badPath: Partial<Record<OperationId, { path: string }>> = {
  getOrder: { path: "/orders/42" },
  getOrderHistory: { path: "/orders/42/history" },
  cancelOrder: { path: "/orders/42/cancel" },
  listOrders: { path: "/orders?page_size=0" },
};
/** Of another request than any that a test makes. */
const usedKey = (id: OperationId) => ({
  with: {
    store: Object.assign(new MemoryOrderStore(), {
      findAnswer: async () => ({ fingerprint: "another", orderUuid }),
      insert: async () => undefined,
    }),
  },
  request: requestOf(id, { headers: { ...headers, "idempotency-key": aRequest().key } }),
});

type Scenarios = Record<string, () => Scenario | Promise<Scenario>>;

/** What every operation answers. */
const common = (id: OperationId): Scenarios => ({
  "400 INVALID_REQUEST": () => ({ request: requestOf(id, badPath[id] ?? { json: { unknown: true } }) }),
  "401 UNAUTHENTICATED": () => ({ request: requestOf(id, { headers: { "content-type": "application/json" } }) }),
  "401 IDENTITY_INVALID": async () => ({ request: requestOf(id, await signed(testIdentity().user(userUuid))) }),
  "401 IDENTITY_EXPIRED": async () => ({ request: requestOf(id, await signed(expired())) }),
  "403 FORBIDDEN": async () => ({ request: requestOf(id, await signed(identity.service("payment", "order"))) }),
  "429 RATE_LIMITED": () => ({ request: requestOf(id), times: 300 }),
  "500 INTERNAL": () => ({ with: operations[id].first(bug), request: requestOf(id) }),
  "503 DATABASE_UNAVAILABLE": () => ({ with: operations[id].first(databaseGone), request: requestOf(id) }),
  "504 DATABASE_TIMEOUT": () => ({ with: operations[id].first(databaseSlow), request: requestOf(id) }),
  "504 DEADLINE_EXCEEDED": () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    return { with: operations[id].first(never), request: requestOf(id) };
  },
});

const withBody = (id: OperationId): Scenarios => ({
  "413 PAYLOAD_TOO_LARGE": () => ({ request: requestOf(id, { body: " ".repeat(1_048_577) }) }),
  "415 UNSUPPORTED_MEDIA_TYPE": () => ({
    request: requestOf(id, { headers: { ...headers, "content-type": "text/plain" } }),
  }),
  "422 IDEMPOTENCY_KEY_REUSED": () => usedKey(id),
  "409 IDEMPOTENCY_KEY_IN_USE": () => ({
    with: operations[id].first(conflict("IDEMPOTENCY_KEY_IN_USE")),
    request: requestOf(id),
  }),
});

const withOrder = (id: OperationId): Scenarios => ({
  "404 ORDER_NOT_FOUND": () => ({ order: anOrder({ orderUuid }), request: requestOf(id) }),
});

const changing = (id: OperationId): Scenarios => ({
  ...withOrder(id),
  "409 ORDER_ALREADY_PAID": () => ({ order: as("PAID"), request: requestOf(id) }),
  "409 ORDER_FAILED": () => ({ order: as("FAILED"), request: requestOf(id) }),
  "409 ORDER_CHANGED": () => ({ with: operations[id].first(conflict("ORDER_CHANGED")), request: requestOf(id) }),
  "503 PAYMENT_UNAVAILABLE": () => ({
    order: { ...as("PAYING"), paymentMethod: "CARD" },
    with: { payment: { pay: unavailable("PAYMENT_UNAVAILABLE"), void: unavailable("PAYMENT_UNAVAILABLE") } },
    request: requestOf(id),
  }),
});

const scenarios: Record<OperationId, Scenarios> = {
  createOrder: {
    ...common("createOrder"),
    ...withBody("createOrder"),
    "400 MONEY_OUT_OF_RANGE": () => ({ request: requestOf("createOrder", { json: one(priceless, 2) }) }),
    "400 CURRENCY_MISMATCH": () => ({
      request: requestOf("createOrder", { json: { part_uuids: [engine.partUuid, foreign.partUuid] } }),
    }),
    "403 USER_MISMATCH": () => ({
      request: requestOf("createOrder", { json: { ...one(engine), user_uuid: uuidv7() } }),
    }),
    "422 UNKNOWN_PART": () => ({ request: requestOf("createOrder", { json: { part_uuids: [uuidv7()] } }) }),
    "503 INVENTORY_UNAVAILABLE": () => ({
      with: { catalog: { find: unavailable("INVENTORY_UNAVAILABLE") } },
      request: requestOf("createOrder"),
    }),
  },
  listOrders: {
    ...common("listOrders"),
    "400 INVALID_CURSOR": () => ({
      with: operations.listOrders.first(
        fail(new AppError({ kind: "invalid_argument", reason: "INVALID_CURSOR", message: "not a page token" })),
      ),
      request: requestOf("listOrders", { path: "/orders?page_token=abc" }),
    }),
  },
  getOrder: { ...common("getOrder"), ...withOrder("getOrder") },
  getOrderHistory: { ...common("getOrderHistory"), ...withOrder("getOrderHistory") },
  payOrder: {
    ...common("payOrder"),
    ...withBody("payOrder"),
    ...changing("payOrder"),
    "409 ORDER_CANCELLED": () => ({ order: as("CANCELLED"), request: requestOf("payOrder") }),
    "409 ORDER_EXPIRED": () => ({ order: late(), request: requestOf("payOrder") }),
    "409 PAYMENT_IN_PROGRESS": () => ({
      order: { ...as("PAYING"), paymentMethod: "SBP" },
      request: requestOf("payOrder"),
    }),
  },
  cancelOrder: { ...common("cancelOrder"), ...changing("cancelOrder") },
};

interface ContractOperation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly examples: object }>> }>
  >;
}

const successes: Record<string, () => Scenario> = {
  "createOrder 201": () => ({ request: requestOf("createOrder", { json: { ...one(engine), pay_with: "WALLET" } }) }),
  "listOrders 200": () => ({ request: requestOf("listOrders") }),
  "getOrder 200": () => ({ order: own, request: requestOf("getOrder") }),
  "getOrderHistory 200": () => ({ order: own, request: requestOf("getOrderHistory") }),
  "payOrder 200": () => ({ order: own, request: requestOf("payOrder") }),
  "payOrder 202": () => ({ order: own, request: requestOf("payOrder", { json: { payment_method: "WALLET" } }) }),
  "cancelOrder 204": () => ({ order: own, request: requestOf("cancelOrder") }),
};

async function operationsOfContract() {
  const source = await readFile(new URL("../../../contracts/order.openapi.yaml", import.meta.url), "utf8");
  const document = parse(source);
  const deref = <T>(value: T & { readonly $ref?: string }): T =>
    value.$ref === undefined
      ? value
      : value.$ref
          .slice(2)
          .split("/")
          .reduce((node, key) => node[key], document);
  const all: ContractOperation[] = Object.values<object>(document.paths).flatMap((item) => Object.values(item));
  return { all, deref };
}

/** The codes that the contract names, as `operation status CODE`. */
async function codesOfContract(): Promise<readonly string[]> {
  const { all, deref } = await operationsOfContract();
  return all.flatMap(({ operationId, responses }) =>
    Object.entries(responses).flatMap(([status, response]) =>
      Object.keys(deref(response).content?.["application/problem+json"]?.examples ?? {}).map(
        (code) => `${operationId} ${status} ${code}`,
      ),
    ),
  );
}

const named = Object.entries(scenarios).flatMap(([id, list]) =>
  Object.entries(list).map(([answer, make]) => ({ name: `${id} ${answer}`, make })),
);

describe("every error of the contract can be brought about and is the problem the contract describes", () => {
  test.each(named)("$name", async ({ name, make }) => {
    const response = await run(await make());
    const [, status, code] = name.split(" ");
    const problem = (await response.json()) as Problem;
    expect(`${response.status} ${problem.code}`).toBe(`${status} ${code}`);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem.type).toBe(`urn:gantry:order:${code?.toLowerCase().replaceAll("_", "-")}`);
    expect(JSON.stringify(problem)).not.toContain("secret internals");
  });

  test("and no other is named in the contract", async () => {
    expect((await codesOfContract()).toSorted()).toEqual(named.map(({ name }) => name).toSorted());
  });
});

describe("every success of the contract can be brought about", () => {
  test.each(Object.entries(successes))("%s", async (name, make) => {
    const response = await run(make());
    expect(`${name.split(" ")[0]} ${response.status}`).toBe(name);
  });

  test("and no other is named in the contract", async () => {
    const { all } = await operationsOfContract();
    const named = all.flatMap(({ operationId, responses }) =>
      Object.keys(responses).flatMap((status) => (Number(status) < 400 ? [`${operationId} ${status}`] : [])),
    );
    expect(named.toSorted()).toEqual(Object.keys(successes).toSorted());
  });
});
