import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EnvoyUpstream, renderEnvoy } from "@gantry/edge/envoy";
import { routes } from "@gantry/gen/routes/routes";
import { createIdentitySigner } from "@gantry/identity";
import { machineEnvironment } from "./config.ts";
import type { Addresses, Environment, IdentityEnvironment } from "./environment.ts";
import type { Member } from "./fleet.ts";
import type { ServiceSpec } from "./topology.ts";

/** What an Envoy in the gateway's place is made of. */
export interface EnvoyOptions {
  /** Where its configuration is written. */
  readonly directory: string;
  /** Path of the Envoy binary. */
  readonly program: string;
  readonly spec: ServiceSpec;
  readonly services: readonly ServiceSpec[];
  readonly at: Addresses;
  readonly identity: IdentityEnvironment;
  /** What the gateway on Node would be started with: the same `GATEWAY_…` variables are read. */
  readonly env: Environment;
}

const root = new URL("../../../", import.meta.url);
const text = (file: string) => readFile(new URL(file, root), "utf8");
/** The longest that a service's identity may last; Envoy cannot sign another one. */
const TOKEN_SEC = 7_776_000;
/** The contracts describe services that are not built. Nobody listens here: who asks for one hears that it is unavailable. */
const NOBODY = "http://127.0.0.1:1";

/** Envoy as the gateway: renders its configuration and mints its identity for IAM, which it cannot sign by itself. */
export async function envoyMember(options: EnvoyOptions): Promise<Member> {
  const { directory, program, spec, at, identity } = options;
  const folder = join(directory, "envoy");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "envoy.json");
  await writeFile(file, await configuration(options));
  const signer = createIdentitySigner({ privateJwk: identity.privateJwk(spec.name), ttlSec: TOKEN_SEC });
  const flags = ["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"];
  return {
    name: spec.name,
    program: [program, "-c", file, ...flags],
    directory: folder,
    readyUrl: `http://127.0.0.1:${at.ports[spec.name]}/readyz`,
    env: { ...machineEnvironment(), GATEWAY_IAM_TOKEN: await signer.service("iam") },
  };
}

async function configuration({ spec, services, at, env }: EnvoyOptions): Promise<string> {
  const parts = {
    template: await text("envoy/envoy.template.yaml"),
    script: await text("envoy/session.lua"),
    routes: await text("gen/envoy/routes.yaml"),
  };
  return renderEnvoy(parts, {
    listen: { host: "127.0.0.1", port: at.ports[spec.name] ?? 0 },
    adminPort: at.opsPorts[spec.name] ?? 0,
    upstreams: upstreams(services, at),
    iamUrl: `http://127.0.0.1:${at.ports.iam}`,
    origins: (env.GATEWAY_ORIGINS ?? "").split(",").filter(Boolean),
    rateLimits: env.GATEWAY_RATE_LIMITS !== "false",
    ...(env.GATEWAY_SESSION_TIMEOUT_MS !== undefined && { sessionTimeoutMs: Number(env.GATEWAY_SESSION_TIMEOUT_MS) }),
  });
}

/** Every service that a route of people leads to. */
function upstreams(services: readonly ServiceSpec[], at: Addresses): Readonly<Record<string, EnvoyUpstream>> {
  const served = routes.filter(({ kind, auth }) => kind !== "transcoded" && auth !== "SERVICE");
  const names = [...new Set(served.map(({ service }) => service))];
  const speaks = (name: string) => (services.find((spec) => spec.name === name)?.speaks === "http" ? "http" : "rpc");
  const url = (name: string) => (at.ports[name] === undefined ? NOBODY : `http://127.0.0.1:${at.ports[name]}`);
  return Object.fromEntries(names.map((name) => [name, { url: url(name), speaks: speaks(name) }]));
}
