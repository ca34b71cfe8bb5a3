import { orderContract } from "@gantry/gen/openapi/order/server";
import type { Problem } from "@gantry/http";
import { IDENTITY_HEADER } from "@gantry/identity";
import { uuidv7 } from "@gantry/kernel";
import { eventually, forgedIdentities } from "@gantry/testing";
import { sql } from "kysely";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { aService, engineUuid } from "./fixture.ts";

/** Who may do what, over the real port: for each operation of the contract, so that a new one is asked about too. */

let service: Awaited<ReturnType<typeof aService>>;
const [ada, eve] = [uuidv7(), uuidv7()];

beforeAll(async () => {
  service = await aService();
});

/** Only the routes are of interest here. */
const { operations } = orderContract(
  new Proxy({}, { get: () => () => undefined }) as Parameters<typeof orderContract>[0],
);
const onOneOrder = operations.filter(({ route }) => route.includes("{order_uuid}"));

const bodies: Readonly<Record<string, unknown>> = {
  createOrder: { items: [{ part_uuid: engineUuid, quantity: 1 }] },
  payOrder: { payment_method: "CARD" },
};

type Operation = (typeof operations)[number];

function send({ id, method, route }: Operation, identity: string | undefined, orderUuid = uuidv7()): Promise<Response> {
  const body = bodies[id];
  return fetch(service.baseUrl + route.replace("{order_uuid}", orderUuid), {
    method,
    headers: {
      ...(identity === undefined ? {} : { [IDENTITY_HEADER]: identity }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function codeOf(response: Response): Promise<string> {
  const problem = (await response.json()) as Problem;
  return `${response.status} ${problem.code}`;
}

const orderOf = async (userUuid: string, payWith?: "CARD"): Promise<string> => {
  const person = await service.client(userUuid);
  const { data } = await person.POST("/orders", { body: { items: [{ part_uuid: engineUuid, quantity: 1 }] } });
  const order_uuid = data?.order_uuid ?? "";
  if (payWith !== undefined) {
    const paid = { params: { path: { order_uuid } }, body: { payment_method: payWith } };
    expect((await person.POST("/orders/{order_uuid}/pay", paid)).response.status).toBe(200);
  }
  return order_uuid;
};

const rowOf = (orderUuid: string) =>
  service.db.selectFrom("orders").selectAll().where("order_uuid", "=", orderUuid).executeTakeFirstOrThrow();

describe("another person's order", () => {
  test("is one of some operations of the contract", () => {
    expect(onOneOrder.map(({ id }) => id).toSorted()).toEqual([
      "cancelOrder",
      "getOrder",
      "getOrderHistory",
      "payOrder",
    ]);
  });

  test.each(onOneOrder.flatMap((operation) => [undefined, "CARD" as const].map((payWith) => ({ operation, payWith }))))(
    "is not there for $operation.id (paid by: $payWith), exactly as one that nobody has",
    async ({ operation, payWith }) => {
      const orderUuid = await orderOf(ada, payWith);
      const before = await rowOf(orderUuid);
      const [theirs, nobodys] = await Promise.all([
        send(operation, await service.identity.user(eve), orderUuid),
        send(operation, await service.identity.user(eve)),
      ]);
      expect(await codeOf(theirs)).toBe("404 ORDER_NOT_FOUND");
      expect(await codeOf(nobodys)).toBe("404 ORDER_NOT_FOUND");
      expect(await rowOf(orderUuid)).toEqual(before);
    },
  );

  test("is in nobody else's list", async () => {
    await orderOf(ada);
    const { data } = await (await service.client(uuidv7())).GET("/orders");
    expect(data?.orders).toEqual([]);
  });

  test("cannot be made: user_uuid in the body must be the caller's", async () => {
    const person = await service.client(eve);
    const items = [{ part_uuid: engineUuid, quantity: 1 }];
    const { error, response } = await person.POST("/orders", { body: { user_uuid: ada, items } });
    expect([response.status, error?.code]).toEqual([403, "USER_MISMATCH"]);
    expect((await person.POST("/orders", { body: { user_uuid: eve, items } })).data?.user_uuid).toBe(eve);
  });

  test("is not answered for by an idempotency key that its owner used", async () => {
    const [hers, others] = await Promise.all([ada, eve].map((userUuid) => service.client(userUuid)));
    const request = {
      params: { header: { "Idempotency-Key": "the-same-key" } },
      body: { items: [{ part_uuid: engineUuid, quantity: 1 }] },
    };
    const [first, second] = [await hers?.POST("/orders", request), await others?.POST("/orders", request)];
    expect([first?.data?.user_uuid, second?.data?.user_uuid]).toEqual([ada, eve]);
  });
});

describe.each(operations)("$id", (operation) => {
  test("is closed to nobody, to services and to every forged identity", async () => {
    expect(await codeOf(await send(operation, undefined))).toBe("401 UNAUTHENTICATED");
    const { identity } = service;
    expect(await codeOf(await send(operation, await identity.service("payment", "order")))).toBe("403 FORBIDDEN");
    for (const { token, reason, what } of forgedIdentities(identity, "payment", "order")) {
      expect(await codeOf(await send(operation, token)), what).toBe(`401 ${reason}`);
    }
  });
});

describe("calls to neighbours", () => {
  test("go to inventory as the person", async () => {
    service.neighbours.calls.length = 0;
    await orderOf(ada);
    expect(service.neighbours.calls).toMatchObject([{ method: "ListParts", caller: { kind: "user", userUuid: ada } }]);
  });

  test("go to payment as this service, and name the order's owner themselves", async () => {
    service.neighbours.calls.length = 0;
    await orderOf(ada, "CARD");
    expect(service.neighbours.calls.at(-1)).toMatchObject({
      method: "PayOrder",
      caller: { kind: "service", service: "order" },
    });
  });

  test("have no more time than is left of the person's call", async () => {
    const orderUuid = await orderOf(ada);
    service.neighbours.calls.length = 0;
    const paying = await holding(orderUuid, async () => {
      const payOrder = operations.find(({ id }) => id === "payOrder");
      if (payOrder === undefined) throw new Error("the contract has no payOrder");
      const answer = send(payOrder, await service.identity.user(ada), orderUuid);
      await eventually(async () => expect(await waiting()).toBe(1));
      // seven of its ten seconds pass
      const now = performance.now.bind(performance);
      vi.spyOn(performance, "now").mockImplementation(() => now() + 7000);
      return { answer };
    });
    expect((await paying.answer).status).toBe(200);
    vi.restoreAllMocks();
    const [call] = service.neighbours.calls;
    expect(call?.timeoutMs).toBeGreaterThan(0);
    expect(call?.timeoutMs).toBeLessThanOrEqual(3000);
  });
});

/** Keeps the order's row locked meanwhile. */
const holding = <T>(orderUuid: string, work: () => Promise<T>): Promise<T> =>
  service.db.transaction().execute(async (trx) => {
    await trx.selectFrom("orders").select("order_uuid").where("order_uuid", "=", orderUuid).forUpdate().execute();
    return work();
  });

async function waiting(): Promise<number> {
  const { rows } = await sql<{ readonly waiting: number }>`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(service.db);
  return rows[0]?.waiting ?? 0;
}
