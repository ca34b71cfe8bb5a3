import { IDENTITY_HEADER } from "@gantry/identity";
import { testIdentity } from "@gantry/testing";
import { contest } from "./contest.ts";
import { loadHttp1 } from "./load-http1.ts";
import type { Contender, Rounds } from "./measure.ts";
import { createBody } from "./order-request.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** The same operation on bare Hono and on the generated server, which checks request and answer. */
export async function benchHttp(rounds: Rounds): Promise<void> {
  const identity = testIdentity();
  const env = identity.env("order");
  const headers = { [IDENTITY_HEADER]: await identity.user(), "content-type": "application/json" };
  const contender = (name: string, server: ServerProcess): Contender => ({
    name,
    round: (durationMs) =>
      loadHttp1({
        url: `http://127.0.0.1:${server.port}/api/v1/orders`,
        method: "POST",
        headers,
        body: createBody,
        connections: 16,
        durationMs,
        expectStatus: 201,
      }),
    close: () => server.stop(),
  });
  await contest(
    "HTTP/1.1, POST /orders with two lines, 16 connections",
    rounds,
    [
      contender("Hono, bare", await startServer("http-hono.ts")),
      contender("generated server, checks both ways", await startServer("http-generated.ts", { env })),
      contender("generated server in its host", await startServer("http-host.ts", { env })),
    ],
    [{ contender: "generated server, checks both ways", ratio: 0.85 }],
  );
}
