import { envoyRoutes } from "@gantry/codegen/envoy";
import { startEnvoyGateway } from "@gantry/infra";
import { startServer } from "../server-process.ts";
import { benchRoutes } from "./routes.ts";

/** A gateway that runs, in a process of its own. */
export interface Door {
  readonly url: string;
  close(): Promise<void>;
}

/** What stands behind it. */
export interface Behind {
  readonly upstreamUrl: string;
  readonly iamUrl: string;
  /** The gateway's own identity, for IAM. */
  readonly iamToken: string;
}

export const local = (port: number): string => `http://127.0.0.1:${port}`;

/** One process of the gateway on Node. */
export async function nodeDoor({ upstreamUrl, iamUrl, iamToken }: Behind): Promise<Door> {
  const env = { BENCH_UPSTREAM_URL: upstreamUrl, BENCH_IAM_URL: iamUrl, BENCH_IAM_TOKEN: iamToken };
  const server = await startServer("gateway-node.ts", { env });
  return { url: local(server.port), close: () => server.stop() };
}

/** An Envoy with one worker. Undefined, with a line that says why, where none can be had. */
export async function envoyDoor({ upstreamUrl, iamUrl, iamToken }: Behind): Promise<Door | undefined> {
  try {
    const envoy = await startEnvoyGateway({
      routes: envoyRoutes(benchRoutes),
      iamToken,
      concurrency: 1,
      settings: { upstreams: { order: { url: upstreamUrl, speaks: "http" } }, iamUrl, origins: [] },
    });
    return { url: envoy.url, close: async () => envoy[Symbol.asyncDispose]() };
  } catch (error) {
    process.stderr.write(`without Envoy: ${error instanceof Error ? error.message : error}\n`);
    return undefined;
  }
}
