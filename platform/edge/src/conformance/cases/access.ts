import { randomUUID } from "node:crypto";
import type { Route } from "@gantry/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, type AskOptions, ask, header } from "../client/ask.ts";
import { envelope } from "../client/envelopes.ts";
import { type Field, fieldOf } from "../fixture/fields.ts";
import { newToken, type Person } from "../fixture/people.ts";
import { openRig, type Rig, type RigOptions } from "../rig.ts";
import type { GatewayTarget } from "../target.ts";

/** Who may call one operation through the door, by name: let in, or refused with this status. */
export interface AccessRow {
  readonly operation: string;
  readonly auth: Route["auth"];
  readonly kind: "rpc" | "http";
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly door: Readonly<Record<string, "allowed" | number>>;
}

type Expected = AccessRow["door"][string];

/**
 * Registers, with vitest, the walk through a whole access matrix: each operation of the real routes is called by each caller, and
 * with a bad session besides, in HTTP's form and in gRPC's. What is refused must reach nobody, what is allowed must arrive once, as
 * the person it was. Rates are left out, because the walk is faster than anybody may be.
 */
export function gatewayAccess(target: GatewayTarget, routes: readonly Route[], matrix: readonly AccessRow[]): void {
  describe(`access through gateway ${target.name}`, () => {
    let rig: Rig | undefined;
    beforeAll(async () => {
      rig = await openRig(target, rigFor(routes, matrix));
    });
    afterAll(() => rig?.[Symbol.asyncDispose]());
    for (const row of matrix) {
      const rows = Object.entries({ ...row.door, ...beside(row) });
      test(`${row.operation}: as the matrix says, for ${rows.length} callers`, async () => {
        if (rig === undefined) throw new Error("the gateway did not start");
        for (const [caller, expected] of rows) {
          for (const form of formsOf(row)) await call(rig, { row, caller, expected, form });
        }
        expect(await rig.wrongs()).toEqual([]);
      });
    }
    test("the matrix has every route that there is", () => {
      const operations = new Set(matrix.map(({ operation }) => operation));
      expect(routes.filter(({ operation }) => !operations.has(operation))).toEqual([]);
    });
  });
}

const isPerson = (caller: string): boolean => caller.endsWith("person");
const isService = (caller: string): boolean => !isPerson(caller) && caller !== "nobody" && caller !== "a bad session";

function rigFor(routes: readonly Route[], matrix: readonly AccessRow[]): RigOptions {
  const raw = new Map<string, "http" | "rpc">();
  for (const { service, kind } of routes) if (kind !== "transcoded") raw.set(service, kind);
  const services = matrix.flatMap(({ door }) => Object.keys(door)).filter(isService);
  return { routes: routes.map(({ rate: _rate, ...route }) => route), raw: Object.fromEntries(raw), services };
}

/** What the matrix does not say of the gateway alone. */
const beside = ({ auth, door }: AccessRow): Readonly<Record<string, Expected>> => ({
  // no better than none, where one is wanted, and no harm where none is
  "a bad session": door.nobody ?? "allowed",
  // whose things they are only the service knows: a person is let through as who they are, and told 404 behind
  ...(auth === "SESSION" ? { "another person": "allowed" } : {}),
});

/** A way to call an operation, and to read the answer. */
interface Form {
  readonly options: AskOptions;
  isRefusal(answer: Answer, status: number): boolean;
}

const byStatus = (answer: Answer, status: number): boolean => answer.status === status;
/** How gRPC says what HTTP says by a status; a route that is not there may be told either way. */
const grpcStatus: Readonly<Record<number, string>> = { 401: "16", 403: "7", 404: "12" };
const byGrpc = (answer: Answer, status: number): boolean =>
  answer.status === status ||
  (header(answer, "grpc-status") ?? fieldOf(answer.trailers, "grpc-status")) === grpcStatus[status];

function formsOf({ kind, method, path }: AccessRow): readonly Form[] {
  const target = path.replaceAll(/\{[^}]+\}/g, randomUUID());
  const json: AskOptions =
    method === "GET"
      ? { method, target }
      : { method, target, fields: [["content-type", "application/json"]], body: "{}" };
  const forms: Form[] = [
    { options: json, isRefusal: byStatus },
    { options: { ...json, version: "2" }, isRefusal: byStatus },
  ];
  const fields: Field[] = [
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ];
  const grpc: AskOptions = { version: "2", method, target, fields, body: envelope("") };
  return kind === "rpc" ? [...forms, { options: grpc, isRefusal: byGrpc }] : forms;
}

interface Call {
  readonly row: AccessRow;
  readonly caller: string;
  readonly expected: Expected;
  readonly form: Form;
}

async function call(rig: Rig, { row, caller, expected, form }: Call): Promise<void> {
  const person = isPerson(caller) ? rig.people.person() : undefined;
  const mine = rig.newCase(person);
  const claim = await claimOf(rig, row, caller, person);
  const fields = [...mine.fields, ...(form.options.fields ?? []), ...claim];
  const answer = await ask(rig.url, { ...form.options, fields });
  const outcome = expected === "allowed" ? answer.status === 200 : form.isRefusal(answer, expected);
  expect({
    operation: row.operation,
    caller,
    outcome,
    status: answer.status,
    arrivals: mine.arrivals().length,
  }).toEqual({
    operation: row.operation,
    caller,
    outcome: true,
    status: answer.status,
    arrivals: expected === "allowed" ? 1 : 0,
  });
}

/** What a caller says about itself beside the session: a service shows an identity that the services themselves would accept. */
async function claimOf(
  rig: Rig,
  row: AccessRow,
  caller: string,
  person: Person | undefined,
): Promise<readonly Field[]> {
  if (person !== undefined || caller === "nobody") return [];
  if (caller === "a bad session") return [["authorization", `Bearer ${newToken()}`]];
  return [["x-gantry-identity", await rig.people.serviceToken(row.service, caller)]];
}
