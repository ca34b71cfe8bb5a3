import { readFile } from "node:fs/promises";

/** What is asked of Envoy's admin interface. */
export interface EnvoyAdmin {
  /** Origin of the admin interface. */
  readonly url: string;
  /** Where its one listener listens. */
  listenerPort(): Promise<number>;
  /** Requests that are not answered in full yet. */
  activeRequests(): Promise<number>;
  /** `/readyz` says no, clients are told to go elsewhere, and no connection is accepted any more. */
  stopAccepting(): Promise<void>;
}

/** The admin interface of an Envoy that wrote its address into `file`. @throws Error while it does not answer. */
export async function findAdmin(file: string): Promise<EnvoyAdmin> {
  const url = `http://${(await readFile(file, "utf8")).trim()}`;
  const ask = async (path: string, method = "GET"): Promise<string> => {
    const response = await fetch(`${url}${path}`, { method, signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`Envoy's ${path} answers ${response.status}: ${text.slice(0, 200)}`);
    return text;
  };
  await ask("/ready");
  return {
    url,
    listenerPort: async () => portIn(await ask("/listeners")),
    activeRequests: async () =>
      Number(/: (\d+)/.exec(await ask("/stats?filter=^http.edge.downstream_rq_active$"))?.[1]),
    async stopAccepting() {
      await ask("/healthcheck/fail", "POST");
      await ask("/drain_listeners", "POST");
    },
  };
}

/** `edge::127.0.0.1:40123` */
function portIn(listeners: string): number {
  const port = /^edge::.*:(\d+)$/m.exec(listeners)?.[1];
  if (port === undefined) throw new Error(`Envoy has no listener "edge": ${listeners.slice(0, 200)}`);
  return Number(port);
}
