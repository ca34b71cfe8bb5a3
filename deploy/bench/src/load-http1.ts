import autocannon from "autocannon";
import type { Sample } from "./measure.ts";

export interface Http1Load {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that are new with each request. */
  readonly newHeaders?: () => Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly durationMs: number;
  readonly expectStatus: number;
}

/** Loads a server over HTTP/1.1 keep-alive connections. Any other status, error or time-out ends the benchmark. */
export async function loadHttp1(load: Http1Load): Promise<Sample> {
  const { url, method, headers, newHeaders, body, connections, durationMs, expectStatus } = load;
  const setupRequest = (request: autocannon.Request) => ({ ...request, headers: { ...headers, ...newHeaders?.() } });
  const requests = [{ method, headers: { ...headers }, body, ...(newHeaders && { setupRequest }) }];
  const result = await autocannon({ url, connections, duration: durationMs / 1000, requests });
  const answered = result.statusCodeStats?.[`${expectStatus}`]?.count ?? 0;
  const wrong = result.requests.total - answered + result.errors + result.timeouts;
  if (wrong > 0)
    throw new Error(`${wrong} of ${result.requests.total} requests to ${url} did not answer ${expectStatus}`);
  return { perSecond: result.requests.total / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}
