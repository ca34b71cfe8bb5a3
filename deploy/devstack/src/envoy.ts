import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EnvoyUpstream, renderEnvoy } from "@gantry/edge/envoy";
import { routes } from "@gantry/gen/routes/routes";
import { createIdentitySigner } from "@gantry/identity";
import { parse } from "yaml";
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
    routes: await servedRoutes(at),
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

/** The generated routes to services that are there: the contracts describe some that are not built. */
async function servedRoutes(at: Addresses): Promise<readonly object[]> {
  const generated: readonly { readonly name: string }[] = parse(await text("gen/envoy/routes.yaml"));
  const served = new Set(routes.flatMap(({ operation, service }) => (at.ports[service] ? [operation] : [])));
  return generated.filter(({ name }) => served.has(name));
}

/** Every service that a route of people leads to. */
function upstreams(services: readonly ServiceSpec[], at: Addresses): Readonly<Record<string, EnvoyUpstream>> {
  const served = new Set(
    routes.filter(({ kind, auth }) => kind !== "transcoded" && auth !== "SERVICE").map(({ service }) => service),
  );
  return Object.fromEntries(
    services
      .filter(({ name }) => served.has(name))
      .map(({ name, speaks }) => [
        name,
        { url: `http://127.0.0.1:${at.ports[name]}`, speaks: speaks === "http" ? "http" : "rpc" },
      ]),
  );
}
