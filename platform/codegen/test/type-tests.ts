/**
 * What must not compile does not: each expected error is one promise of the generated server, and an expectation that no
 * longer holds is an error itself. Compiled by `tsc -b`, never run.
 */
import type { EventOfTopic } from "./goldens/events/registry.ts";
import { createShopClient } from "./goldens/openapi/shop/client.ts";
import type { DropThingResult, MakeThingResult, ShopApi, Thing } from "./goldens/openapi/shop/server.ts";
import { httpPolicies } from "./goldens/policy/policy.ts";

declare const api: ShopApi;
declare const thing: Thing;
const body = thing;
const headers = { Location: "/api/v1/things/1" };
const problem = { type: "t", title: "t", status: 409, code: "BUSY", message: "m", trace_id: "0" };

export const answers: readonly MakeThingResult[] = [
  { status: 201, headers, body },
  { status: 409, body: problem },
  { status: 409, headers: { "Retry-After": 3 }, body: problem },
  // @ts-expect-error: a status that the contract does not declare
  { status: 200, headers, body },
  // @ts-expect-error: the body of another status
  { status: 201, headers, body: problem },
  // @ts-expect-error: a required header is missing
  { status: 201, headers: {}, body },
  // @ts-expect-error: all headers are missing
  { status: 201, body },
  // @ts-expect-error: a header of another status
  { status: 409, headers: { Location: "/" }, body: problem },
  // @ts-expect-error: a header of the wrong type
  { status: 409, headers: { "Retry-After": "soon" }, body: problem },
  // @ts-expect-error: a member that the contract does not declare
  { status: 201, headers, body: { id: 1, at: "2026-01-01T00:00:00Z", password: "x" } },
  // @ts-expect-error: no body where one belongs
  { status: 201, headers },
];

export const empty: readonly DropThingResult[] = [
  { status: 204 },
  // @ts-expect-error: 204 has no body
  { status: 204, body: {} },
  // @ts-expect-error: 204 has no headers here
  { status: 204, headers: { Location: "/" } },
];

// @ts-expect-error: an operation without a handler
export const unhandled: ShopApi = { makeThing: api.makeThing, listThings: api.listThings, dropThing: api.dropThing };

export const handlers: ShopApi = {
  ...api,
  makeThing: (input, { principal }) => {
    const depth: number | undefined = input.header["x-depth"];
    const user: string = principal.userUuid;
    // @ts-expect-error: headers are named in lower case
    const upper = input.header["Idempotency-Key"];
    // @ts-expect-error: an input that the contract does not have
    const query = input.query;
    // @ts-expect-error: `name` is there only in one of the two shapes
    const name = input.body.name;
    return { status: 201, headers: { Location: `${depth}${user}${upper}${query}${name}` }, body };
  },
  // @ts-expect-error: a required parameter is never undefined, an optional one without default may be
  listThings: ({ query: { price, size, colour } }): never => [price.toFixed(), size.toFixed(), colour.length] as never,
  dropThing: (_, { principal }) => {
    const service: string = principal.service;
    // @ts-expect-error: a SERVICE operation has no user
    const user = principal.userUuid;
    return service === user ? { status: 204 } : { status: 400, body: problem };
  },
  // @ts-expect-error: a PUBLIC operation has no principal
  changeThing: (_, { principal }) => ({ status: 200, body: { ...body, volume: principal.userUuid.length } }),
};

export async function client(): Promise<void> {
  const shop = createShopClient({ baseUrl: "http://127.0.0.1" });
  const { data } = await shop.GET("/things", { params: { query: { price: 1 } } });
  data?.things.map(({ id }) => id.toFixed());
  // @ts-expect-error: a path that does not exist
  await shop.GET("/nothing");
  // @ts-expect-error: a required parameter is missing
  await shop.GET("/things", { params: { query: {} } });
}

// @ts-expect-error: no policy without an operation
export const nothing = httpPolicies["GET /nothing"];

export const topicOf = (event: EventOfTopic<"shop.events.v1">): string =>
  // @ts-expect-error: an event of another topic
  event.$typeName === "shop.v1.Size" ? "stock" : event.thingId;
