import { connect } from "node:net";
import { createIdentityVerifier } from "@gantry/identity";
import type { Policy } from "@gantry/kernel";
import { createLogger } from "@gantry/telemetry";
import { testIdentity } from "@gantry/testing";
import {
  type Answer,
  type AnswerSpec,
  type Contract,
  type Guard,
  type GuardProblem,
  type Operation,
  type OperationSpec,
  operation,
} from "../src/contract.ts";
import { createHttpHost, type HttpHost, type HttpHostOptions } from "../src/index.ts";

export const identity = testIdentity(["payment", "order"]);
export const verifier = createIdentityVerifier({ service: "things", jwks: identity.jwks });
export const userUuid = "0199a3b0-1000-7000-8000-0000000000aa";
export const sessionUuid = "0199a3b0-1000-7000-8000-0000000000ab";
export const userToken = await identity.user(userUuid, sessionUuid);
export const serviceToken = await identity.service("payment", "things");

/** A guard by hand: what `find` returns is wrong with the value. */
export function guard<T>(find: (value: unknown) => readonly Partial<GuardProblem>[]): Guard<T> {
  const check = Object.assign(
    (value: unknown): value is T => {
      check.errors = find(value).map((problem) => ({ instancePath: "", keyword: "type", params: {}, ...problem }));
      return check.errors.length === 0;
    },
    { errors: [] as readonly GuardProblem[] },
  );
  return check;
}

export const anything = <T = unknown>(): Guard<T> => guard<T>(() => []);

const problem: AnswerSpec = { guard: anything(), mediaType: "application/problem+json", headers: ["Retry-After"] };

/** Every status that the host answers with by itself. */
export const problems = {
  400: problem,
  401: problem,
  403: problem,
  413: problem,
  415: problem,
  500: problem,
  504: problem,
};

export const json: AnswerSpec = { guard: anything(), mediaType: "application/json" };

export const policy = (changes: Partial<Policy> = {}): Policy => ({
  auth: "PUBLIC",
  deadlineMs: 5000,
  idempotency: "NONE",
  retryAttempts: 1,
  ...changes,
});

type Spec = OperationSpec<unknown, unknown, Answer>;

/** `POST /things`, public, any JSON in, the input out. */
export const things = (changes: Partial<Spec> = {}): Operation =>
  operation({
    id: "makeThing",
    method: "POST",
    route: "/things",
    policy: policy(),
    body: "required",
    request: anything(),
    answers: { 200: json, ...problems },
    handle: (input: unknown) => ({ status: 200, body: input }),
    ...changes,
  });

export const contract = (...operations: readonly Operation[]): Contract => ({ service: "things", operations });

/** A logger whose lines can be read. */
export function readableLog() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: "things",
    level: "trace",
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  return { lines, logger };
}

/** A started host on a free port; stopped when it goes out of scope. */
export async function startHost(
  routes: Contract,
  options: Partial<HttpHostOptions> = {},
): Promise<HttpHost & AsyncDisposable & { readonly url: string; readonly lines: readonly Record<string, unknown>[] }> {
  const { lines, logger } = readableLog();
  const host = createHttpHost({ name: "http", host: "127.0.0.1", port: 0, routes, logger, verifier, ...options });
  await host.start();
  const { name, port, start, stop, check } = host;
  return { name, port, start, stop, check, lines, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

/** Writes bytes to a new connection and reads until the other side closes it. */
export function rawExchange(port: number, ...parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      received += text;
    });
    socket.on("close", () => resolve(received)).on("error", reject);
    for (const part of parts) socket.write(part);
  });
}
