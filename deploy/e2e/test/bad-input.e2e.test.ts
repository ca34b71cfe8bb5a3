import { readFile } from "node:fs/promises";
import type { Problem } from "@gantry/http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rawRequest } from "./raw-request.ts";
import { type Person, type System, startSystem } from "./system.ts";

let system: System;
let person: Person;
/** Where people come in; the answers are the order service's. */
let baseUrl: string;
/** Its own port, for bytes that no gateway would pass on. */
let orderUrl: string;
let engine: string;

beforeAll(async () => {
  system = await startSystem();
  person = await system.person();
  baseUrl = system.gateway;
  orderUrl = system.stack.urls.order ?? "";
  engine = await system.partUuid();
});
afterAll(() => system[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly problem: Problem;
}

async function post(
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = {},
  path = "/orders",
): Promise<Answer> {
  const init: RequestInit & { duplex?: "half" } = {
    method: "POST",
    headers: { "content-type": "application/json", ...person.headers, ...headers },
    body,
    ...(body instanceof ReadableStream && { duplex: "half" }),
  };
  const response = await fetch(`${baseUrl}/api/v1${path}`, init);
  return { status: response.status, problem: (await response.json()) as Problem };
}
const create = (request: unknown): Promise<Answer> => post(JSON.stringify(request));
const places = ({ problem }: Answer): string[] =>
  (problem.violations ?? []).map(({ field, rule }) => `${field} ${rule}`);

const stored = () =>
  system.query("order", "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM idempotency) AS keys");

/** Processor time that a service has used, in milliseconds: what a request costs its event loop at most. */
async function cpuMs(service: string): Promise<number> {
  const stat = await readFile(`/proc/${system.stack.pid(service)}/stat`, "utf8");
  const [user, kernel] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (kernel ?? 0)) * 10;
}

const twoMebibytes = (): ReadableStream<Uint8Array> => {
  let left = 32;
  return new ReadableStream({
    pull(controller) {
      if (left-- === 0) controller.close();
      else controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  });
};

interface BadRequest {
  readonly name: string;
  readonly send: () => Promise<Answer>;
  readonly status: number;
  readonly code: string;
  /** Every violation, as `pointer rule`. */
  readonly violations?: readonly string[];
}

const items = (...list: object[]) => create({ items: list });
const depth = 100_000;

const bad: readonly BadRequest[] = [
  {
    name: "malformed JSON",
    send: () => post('{"part_uuids": ['),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/body json"],
  },
  { name: "an empty body", send: () => post(""), status: 400, code: "INVALID_REQUEST", violations: ["/body json"] },
  {
    name: "a body that is not JSON by its type",
    send: () => post("{}", { "content-type": "text/plain" }),
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  },
  {
    name: "an unknown member",
    send: () => create({ part_uuids: [engine], discount: 1 }),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/body/discount additionalProperties"],
  },
  {
    name: "both ways to name parts",
    send: () => create({ part_uuids: [engine], items: [{ part_uuid: engine, quantity: 1 }] }),
    status: 400,
    code: "INVALID_REQUEST",
  },
  {
    name: `nesting of ${depth} levels`,
    send: () => post(`{"part_uuids":${"[".repeat(depth)}${"]".repeat(depth)}}`),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/body/part_uuids/0 type"],
  },
  {
    name: "numbers out of range and of the wrong type, all at once",
    send: () =>
      items(
        { part_uuid: engine, quantity: 0 },
        { part_uuid: engine, quantity: 1001 },
        { part_uuid: engine, quantity: 1.5 },
        { part_uuid: engine, quantity: "2" },
      ),
    status: 400,
    code: "INVALID_REQUEST",
    violations: [
      "/body/items/0/quantity minimum",
      "/body/items/1/quantity maximum",
      "/body/items/2/quantity type",
      "/body/items/3/quantity type",
    ],
  },
  {
    name: "a number of a million digits",
    send: () => post(`{"items":[{"part_uuid":"${engine}","quantity":${"9".repeat(1_000_000)}}]}`),
    status: 400,
    code: "INVALID_REQUEST",
  },
  { name: "a body of 2 MiB", send: () => post(" ".repeat(2_097_152)), status: 413, code: "PAYLOAD_TOO_LARGE" },
  { name: "a chunked body of 2 MiB", send: () => post(twoMebibytes()), status: 413, code: "PAYLOAD_TOO_LARGE" },
  { name: "a bad UUID", send: () => create({ part_uuids: ["42"] }), status: 400, code: "INVALID_REQUEST" },
  {
    name: "a UUID in capitals",
    send: () => create({ part_uuids: [engine.toUpperCase()] }),
    status: 400,
    code: "INVALID_REQUEST",
  },
  {
    name: "an empty list",
    send: () => create({ part_uuids: [] }),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/body/part_uuids minItems"],
  },
  {
    name: "a list of 101 parts",
    send: () => create({ part_uuids: Array.from({ length: 101 }, () => engine) }),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/body/part_uuids maxItems"],
  },
  {
    name: "an unknown part",
    send: () => create({ part_uuids: [crypto.randomUUID()] }),
    status: 422,
    code: "UNKNOWN_PART",
  },
  {
    name: "an Idempotency-Key of 10 KB",
    send: () => post(JSON.stringify({ part_uuids: [engine] }), { "idempotency-key": "k".repeat(10_240) }),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/header/idempotency-key maxLength"],
  },
  {
    name: "an Idempotency-Key with a blank",
    send: () => post(JSON.stringify({ part_uuids: [engine] }), { "idempotency-key": "a b" }),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/header/idempotency-key pattern"],
  },
  {
    name: "a CR in the Idempotency-Key",
    send: () =>
      rawRequest(
        orderUrl,
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nIdempotency-Key: a\rb\r\nContent-Length: 0\r\n\r\n",
      ),
    status: 400,
    code: "MALFORMED_REQUEST",
  },
  {
    name: "an unknown payment method",
    send: () => post('{"payment_method":"SHELLS"}', {}, `/orders/${crypto.randomUUID()}/pay`),
    status: 400,
    code: "INVALID_REQUEST",
    violations: ["/body/payment_method enum"],
  },
  {
    name: "an order id that is none",
    send: () => post("{}", {}, "/orders/42/cancel"),
    status: 400,
    code: "INVALID_REQUEST",
  },
];

describe("the order service answers with its declared problem and stores nothing for", () => {
  test.each(bad)("$name", async ({ send, status, code, violations }) => {
    const before = await stored();
    const answer = await send();
    expect(`${answer.status} ${answer.problem.code}`).toBe(`${status} ${code}`);
    expect(answer.problem.trace_id).toMatch(/^[0-9a-f]{32}$/);
    if (violations !== undefined) expect(places(answer).toSorted()).toEqual([...violations].toSorted());
    expect(await stored()).toEqual(before);
  });
});

test.runIf(process.platform === "linux").each(["order", "gateway"])(
  "no bad request costs %s's event loop 50 ms",
  async (service) => {
    for (const { name, send } of bad) {
      const costs: number[] = [];
      for (let time = 0; time < 6; time++) {
        const before = await cpuMs(service);
        await send();
        costs.push((await cpuMs(service)) - before);
      }
      expect(Math.min(...costs), `${name}: ${costs.join(", ")} ms`).toBeLessThanOrEqual(50);
    }
  },
  60_000,
);

describe("what looks odd and is right", () => {
  test("a part named twice is ordered twice", async () => {
    const { data } = await person.orders.POST("/orders", { body: { part_uuids: [engine, engine] } });
    expect(data?.items).toMatchObject([{ part_uuid: engine, quantity: 2 }]);
  });

  test("a line break after a header is a new header, not part of the key", async () => {
    const answer = await rawRequest(
      orderUrl,
      "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIdempotency-Key: a\r\nX-Injected: b\r\nContent-Length: 0\r\n\r\n",
    );
    expect(answer).toMatchObject({ status: 401, problem: { code: "UNAUTHENTICATED" } });
  });
});

describe("an Idempotency-Key", () => {
  test("is refused for another request, and the first answer stands", async () => {
    const params = { header: { "Idempotency-Key": crypto.randomUUID() } };
    const first = await person.orders.POST("/orders", { body: { part_uuids: [engine] }, params });
    const other = await person.orders.POST("/orders", { body: { part_uuids: [engine, engine] }, params });
    expect(other.error?.code).toBe("IDEMPOTENCY_KEY_REUSED");
    const again = await person.orders.POST("/orders", { body: { part_uuids: [engine] }, params });
    expect(again.data).toEqual(first.data);
  });

  test("of one person means nothing to another", async () => {
    const params = { header: { "Idempotency-Key": crypto.randomUUID() } };
    const body = { part_uuids: [engine] };
    const mine = await person.orders.POST("/orders", { body, params });
    const stranger = await system.person();
    const theirs = await stranger.orders.POST("/orders", { body, params });
    expect(theirs.data?.order_uuid).not.toBe(mine.data?.order_uuid);
    expect(theirs.data?.user_uuid).toBe(stranger.userUuid);
  });
});
