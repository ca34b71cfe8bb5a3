import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { envoyRoutes } from "@gantry/codegen/envoy";
import type { Route } from "@gantry/kernel";
import { onTestFinished } from "vitest";
import { parse, stringify } from "yaml";
import { type EnvoyGatewayOptions, type EnvoyProcess, startEnvoyGateway } from "../src/index.ts";

const USER = "11111111-2222-4333-8444-555555555555";
export const TOKEN = "a-session-that-is-good-0123456789";
export const IDENTITY = "aaaa.bbbb.cccc";
export const CREDENTIAL = "gggg.wwww.tttt";

const folder = join(import.meta.dirname, "../../../envoy");
/** The repository's own parts, for tests to break. */
const template = readFileSync(join(folder, "envoy.template.yaml"), "utf8");
export const script = readFileSync(join(folder, "session.lua"), "utf8");

const route = (path: string, auth: Route["auth"]): Route => ({
  kind: "http",
  service: "web",
  methods: ["GET"],
  path,
  operation: `GET ${path}`,
  auth,
  idempotency: "NONE",
  deadlineMs: 5_000,
  retryAttempts: 1,
  streaming: "unary",
});

/** A gateway with one service behind it. */
export interface EnvoyLab {
  readonly gateway: EnvoyProcess;
  /** What came to the service: the targets and headers of requests. */
  readonly arrivals: readonly { readonly target: string; readonly headers: NodeJS.Dict<string | string[]> }[];
  /** What it is asked for `/held` waits for this. */
  release(): void;
}

type Changes = Partial<Omit<EnvoyGatewayOptions, "settings">> & {
  readonly settings?: Partial<EnvoyGatewayOptions["settings"]>;
};

/** Starts Envoy before `/mine` and `/held` (for people), `/open`, `/things/{id}` and `/limited` (for anyone). Ends with the test. */
export async function envoyLab({ settings, ...changes }: Changes = {}): Promise<EnvoyLab> {
  const arrivals: EnvoyLab["arrivals"][number][] = [];
  const held = Promise.withResolvers<void>();
  const [web, iam] = await Promise.all([
    listening(async ({ url = "", headers }, response) => {
      arrivals.push({ target: url, headers });
      if (url === "/held") await held.promise;
      response.end(url);
    }),
    listening((question, response) => {
      question.resume();
      response.writeHead(200, { "x-gantry-identity": IDENTITY, "x-gantry-user": USER }).end("{}");
    }),
  ]);
  const gateway = await startEnvoyGateway({
    routes: envoyRoutes([
      route("/mine", "SESSION"),
      route("/held", "SESSION"),
      route("/open", "PUBLIC"),
      route("/things/{id}", "PUBLIC"),
      { ...route("/limited", "PUBLIC"), rate: { perSecond: 1, burst: 2, per: "TOTAL" } },
    ]),
    iamToken: CREDENTIAL,
    ...changes,
    settings: { upstreams: { web: { url: web, speaks: "http" } }, iamUrl: iam, origins: [], ...settings },
  });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return { gateway, arrivals, release: held.resolve };
}

async function listening(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

/** The status of a GET on a connection of its own; 0 when it ends without one. Fields as `Name: value`. */
export function statusOf(url: string, path: string, ...fields: readonly string[]): Promise<number> {
  const headers = ["Host: x", ...fields].flatMap((field) => field.split(/: (.*)/, 2));
  return new Promise((resolve) => {
    const asked = request(`${url}${path}`, { headers, agent: false }, (response) => {
      response.resume();
      response.once("close", () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
    });
    asked.once("error", () => resolve(0));
    asked.end();
  });
}

type Named = { readonly name: string };

/** The template after a change to its connection manager. */
function changed(
  change: (manager: { http_filters: Named[]; route_config: { virtual_hosts: [{ routes: Named[] }] } }) => void,
) {
  const tree = parse(template);
  change(tree.static_resources.listeners[0].filter_chains[0].filters[0].typed_config);
  return stringify(tree, { aliasDuplicateObjects: false });
}

function without(list: readonly Named[], name: string): Named[] {
  const kept = list.filter((each) => each.name !== name);
  if (kept.length !== list.length - 1) throw new Error(`the template has no ${name}`);
  return kept;
}

/** The template without one of its HTTP filters. */
export const withoutFilter = (name: string): string =>
  changed((manager) => {
    manager.http_filters = without(manager.http_filters, name);
  });
/** And without one of its own routes. */
export const withoutRoute = (name: string): string =>
  changed(
    ({
      route_config: {
        virtual_hosts: [host],
      },
    }) => {
      host.routes = without(host.routes, name);
    },
  );

export const letsThrough = "function envoy_on_request(h) end";

/** Scripts that check nothing, and what is wrong with them. */
export const broken = {
  "raises an error": `${script}\nfunction envoy_on_request(h) error("x") end`,
  "raises an error after it named the user": `function envoy_on_request(h) h:headers():replace("x-gantry-identity", "${IDENTITY}") error("x") end`,
  "has no envoy_on_request": script.replaceAll("envoy_on_request", "envoy_on_requests"),
  "is empty": " ",
  "lets everything through": letsThrough,
  "asks a cluster that is not there": script
    .replace('"session-check"', '"nowhere"')
    .replaceAll("pcall(check, h)", "true, check(h)"),
} as const;
