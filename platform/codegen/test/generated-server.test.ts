import { createContractApp } from "@gantry/http/contract";
import { createIdentitySigner, createIdentityVerifier, generateIdentityKeys } from "@gantry/identity";
import { silentLogger } from "@gantry/telemetry";
import { describe, expect, test } from "vitest";
import { createShopClient } from "./goldens/openapi/shop/client.ts";
import { type Problem, type ShopApi, shopContract, type Thing } from "./goldens/openapi/shop/server.ts";

const keys = generateIdentityKeys(["users", "order", "stock"]);
const verifier = createIdentityVerifier({ service: "shop", jwks: keys.jwks });
const user = await createIdentitySigner({ privateJwk: keys.privateJwks.users }).user(
  "0199a3b0-1000-7000-8000-0000000000aa",
  "0199a3b0-1000-7000-8000-0000000000ab",
);
const signer = (name: "order" | "stock") => createIdentitySigner({ privateJwk: keys.privateJwks[name] });
const service = await signer("order").service("shop");

const thing: Thing = { id: 1, at: "2026-11-02T10:00:00Z" };
const id = "0199a3b0-0001-7000-8000-000000000001";

/** A server of the golden code that notes what its handlers receive. */
function shop(replaced: Partial<ShopApi> = {}) {
  const inputs: unknown[] = [];
  const api: ShopApi = {
    makeThing: (input) => {
      inputs.push(input);
      return { status: 201, headers: { Location: "/api/v1/things/1" }, body: thing };
    },
    listThings: (input) => {
      inputs.push(input);
      return { status: 200, body: { things: [thing] } };
    },
    dropThing: (input) => {
      inputs.push(input);
      return { status: 204 };
    },
    changeThing: (input) => {
      inputs.push(input);
      return { status: 200, body: { ...thing, volume: 1 } };
    },
    ...replaced,
  };
  const app = createContractApp(shopContract(api), { logger: silentLogger, verifier });
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(`/api/v1${path}`, {
      method,
      headers: { "x-gantry-identity": user, "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const make = (body: unknown, headers: Record<string, string> = { "idempotency-key": "k" }) =>
    send("POST", "/things", body, headers);
  const change = (body: unknown) => send("PATCH", "/things/1", body);
  return { app, send, make, change, inputs };
}

/** Every violation of a 400, as `pointer rule`. */
async function violationsOf(response: Response | Promise<Response>): Promise<readonly string[]> {
  const answer = await response;
  const problem = (await answer.json()) as Problem;
  expect(`${answer.status} ${problem.code}`).toBe("400 INVALID_REQUEST");
  return (problem.violations ?? []).map(({ field, rule }) => `${field} ${rule}`);
}

describe("parameters", () => {
  test("are coerced, and defaults stand in", async () => {
    const { send, inputs } = shop();
    expect((await send("GET", "/things?price=1.5&colour=RED&colour=GREEN&sold=true")).status).toBe(200);
    expect((await send("GET", "/things?price=0")).status).toBe(200);
    expect(inputs).toEqual([
      { query: { price: 1.5, colour: ["RED", "GREEN"], sold: true, size: 20, tag: ["new"] } },
      { query: { price: 0, sold: false, size: 20, tag: ["new"] } },
    ]);
  });

  test("are all checked at once", async () => {
    const { send } = shop();
    const query = "colour=RED&colour=RED&colour=BLUE&size=101&sold=maybe&tag=toolong&tag=b&tag=c&unknown=1";
    expect(await violationsOf(send("GET", `/things?${query}`))).toEqual([
      "/query/unknown additionalProperties",
      "/query/price required",
      "/query/colour/2 enum",
      "/query/colour uniqueItems",
      "/query/size maximum",
      "/query/sold type",
      "/query/tag maxItems",
    ]);
  });

  test("are not looked at for a service that the contract does not name as a caller", async () => {
    const { send, inputs } = shop();
    const drop = async (identity: string) =>
      (await send("DELETE", "/things/1", undefined, { "x-gantry-identity": identity })).status;
    expect([await drop(service), await drop(await signer("stock").service("shop")), await drop(user)]).toEqual([
      204, 403, 403,
    ]);
    expect(inputs).toHaveLength(1);
  });

  test("in headers and paths are checked too, together with the body", async () => {
    const { make, send } = shop();
    expect(await violationsOf(make({ name: "" }, { "x-depth": "10" }))).toEqual([
      "/header/idempotency-key required",
      "/header/x-depth maximum",
      "/body/name minLength",
    ]);
    expect(await violationsOf(send("DELETE", "/things/0", undefined, { "x-gantry-identity": service }))).toEqual([
      "/path/thing_id minimum",
    ]);
    expect(await violationsOf(send("DELETE", "/things/x", undefined, { "x-gantry-identity": service }))).toEqual([
      "/path/thing_id type",
    ]);
  });
});

describe("a body of one of two shapes", () => {
  const { make } = shop();

  test.each([{ name: "abc" }, { parts: [{ id, count: 1 }], secret: "s" }])("may be %j", async (body) => {
    expect((await make(body)).status).toBe(201);
  });

  test("tells what is wrong with the shape that was meant, and nothing of the other", async () => {
    expect(await violationsOf(make({ parts: [{ id, count: 0 }, { id: "x" }], colour: 1 }))).toEqual([
      "/body/colour additionalProperties",
      "/body/parts/0/count minimum",
      "/body/parts/1/count required",
      "/body/parts/1/id pattern",
    ]);
  });

  test.each([[{}], [{ name: "abc", parts: [] }]])("that is neither or both is told so: %j", async (body) => {
    const response = await make(body);
    const { violations } = (await response.json()) as Problem;
    expect(violations).toEqual([{ field: "/body", rule: "oneOf", message: "must have exactly one of name, parts" }]);
  });

  test.each(["[]", "1", "null", '"text"'])("that is no object is told so: %s", async (body) => {
    expect(await violationsOf(make(body))).toEqual(["/body type"]);
  });
});

describe("texts", () => {
  const { make } = shop();

  test("are measured in code points", async () => {
    expect((await make({ name: "🚀🚀🚀" })).status).toBe(201);
    expect(await violationsOf(make({ name: "🚀🚀🚀🚀" }))).toEqual(["/body/name maxLength"]);
  });

  test("that are too long are not looked into", async () => {
    expect(await violationsOf(make({ parts: [{ id: "x".repeat(500_000), count: 1 }] }))).toEqual([
      "/body/parts/0/id maxLength",
    ]);
  });
});

describe("hostile bodies", () => {
  const { make, change } = shop();

  test("with 80 000 wrong things report a hundred", async () => {
    const members = Object.fromEntries(Array.from({ length: 80_000 }, (_, index) => [`m${index}`, 1]));
    expect(await violationsOf(make({ name: "a", ...members }))).toHaveLength(100);
  });

  test("with a list that is too long report the length alone", async () => {
    expect(await violationsOf(make({ parts: Array.from({ length: 100_000 }, () => 1) }))).toEqual([
      "/body/parts maxItems",
    ]);
  });

  test("nested deeper than the stack are refused where the contract is recursive", async () => {
    const deep = `{"tree":${'{"children":['.repeat(50_000)}${"]}".repeat(50_000)}}`;
    expect(await violationsOf(change(deep))).toEqual(["/body depth"]);
  });

  test("nested deeply where nothing may be nested are refused", async () => {
    expect(await violationsOf(make(`{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}`))).toEqual([
      "/body/name type",
    ]);
  });

  test("cannot name a member of an open object __proto__", async () => {
    expect(await violationsOf(change('{"labels":{"a":"b","__proto__":"c"}}'))).toEqual([
      "/body/labels/__proto__ propertyNames",
    ]);
    expect(await violationsOf(change('{"shape":{"side":1,"__proto__":{"polluted":true}}}'))).toEqual([
      "/body/shape anyOf",
    ]);
    expect(await violationsOf(change('{"__proto__":{"note":"x"}}'))).toEqual(["/body/__proto__ additionalProperties"]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("an optional body", () => {
  test("may be left out, null and open where the contract says so", async () => {
    const { send, change, inputs } = shop();
    expect((await send("PATCH", "/things/1")).status).toBe(200);
    expect((await change({ note: null, labels: { abc: "d" }, shape: "POINT", tree: { children: [{}] } })).status).toBe(
      200,
    );
    expect(inputs).toEqual([
      { path: { thing_id: 1 } },
      { path: { thing_id: 1 }, body: { note: null, labels: { abc: "d" }, shape: "POINT", tree: { children: [{}] } } },
    ]);
  });

  test("reports names and numbers of members", async () => {
    const { change } = shop();
    expect(await violationsOf(change({}))).toEqual(["/body minProperties"]);
    expect(await violationsOf(change({ labels: { A: "b", c: "toolong" } }))).toEqual([
      "/body/labels/A propertyNames",
      "/body/labels/c maxLength",
    ]);
  });
});

describe("answers", () => {
  const leak = { password: "hunter2" };

  test.each([
    [
      "an undeclared member",
      { makeThing: () => ({ status: 201, headers: { Location: "/" }, body: { ...thing, ...leak } }) },
    ],
    [
      "an undeclared member of a composition",
      { changeThing: () => ({ status: 200, body: { ...thing, volume: 1, ...leak } }) },
    ],
    [
      "an undeclared member deep inside",
      { listThings: () => ({ status: 200, body: { things: [{ ...thing, ...leak }] } }) },
    ],
    [
      "an undeclared header",
      { makeThing: () => ({ status: 201, headers: { Location: "/", "X-Leak": "hunter2" }, body: thing }) },
    ],
    ["a missing header", { makeThing: () => ({ status: 201, headers: {}, body: thing }) }],
    ["a body where there is none", { dropThing: () => ({ status: 204, body: leak }) }],
    [
      "a time that is none",
      { makeThing: () => ({ status: 201, headers: { Location: "/" }, body: { ...thing, at: "hunter2" } }) },
    ],
  ])("with %s never reach the client", async (_, replaced) => {
    const { make, send, change } = shop(replaced as unknown as Partial<ShopApi>);
    const answers = [
      await make({ name: "a" }),
      await send("GET", "/things?price=1"),
      await send("DELETE", "/things/1", undefined, { "x-gantry-identity": service }),
      await change({ note: "x" }),
    ];
    expect(answers.map(({ status }) => status)).toContain(500);
    expect((await Promise.all(answers.map((answer) => answer.text()))).join()).not.toContain("hunter2");
  });

  test("that fit are sent, members of compositions and optional ones included", async () => {
    const { change } = shop({
      changeThing: () => ({ status: 200, body: { ...thing, colour: "RED", mail: "a@b.c", volume: 2 } }),
    });
    expect(await (await change({ note: "x" })).json()).toEqual({ ...thing, colour: "RED", mail: "a@b.c", volume: 2 });
  });
});

test("the generated client speaks to the generated server", async () => {
  const { app } = shop();
  const client = createShopClient({
    baseUrl: "http://shop.test/",
    headers: { "x-gantry-identity": user },
    fetch: (request: Request) => Promise.resolve(app.fetch(request)),
  });
  const made = await client.POST("/things", { params: { header: { "Idempotency-Key": "k" } }, body: { name: "abc" } });
  expect(made.data).toEqual(thing);
  expect(made.response.headers.get("location")).toBe("/api/v1/things/1");
  const listed = await client.GET("/things", { params: { query: { price: 1, colour: ["RED"] } } });
  expect(listed.data?.things.map(({ id: number }) => number)).toEqual([1]);
  const { error } = await client.POST("/things", {
    params: { header: { "Idempotency-Key": "k" } },
    body: { name: "" },
  });
  expect(error?.code).toBe("INVALID_REQUEST");
});
