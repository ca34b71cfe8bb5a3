import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type EnvoySettings, renderEnvoy } from "@gantry/edge/envoy";
import { type EnvoyProcess, startEnvoy } from "./start.ts";

/** The door of this system on Envoy. */
export interface EnvoyGatewayOptions {
  /** Without ports and host: it listens on 127.0.0.1, on free ports. */
  readonly settings: Omit<EnvoySettings, "listen" | "adminPort"> & Partial<Pick<EnvoySettings, "listen" | "adminPort">>;
  /** Envoy's own identity, for IAM. */
  readonly iamToken: string;
  /** Default: those generated from the contracts. */
  readonly routes?: readonly object[];
  /** Parts to put in the place of the repository's own, for tests of what happens when they are broken. */
  readonly parts?: { readonly template?: string; readonly script?: string };
  readonly concurrency?: number;
  readonly drainMs?: number;
  readonly validate?: boolean;
}

/** Renders the configuration of `envoy/` and starts Envoy on it. Fails as `renderEnvoy` and `startEnvoy` do. */
export async function startEnvoyGateway(options: EnvoyGatewayOptions): Promise<EnvoyProcess> {
  const { iamToken, settings, concurrency, drainMs, validate, parts = {} } = options;
  const config = renderEnvoy(
    {
      template: parts.template ?? (await ofRepository("envoy/envoy.template.yaml")),
      script: parts.script ?? (await ofRepository("envoy/session.lua")),
      routes: options.routes ?? (await ofRepository("gen/envoy/routes.yaml")),
    },
    { listen: { host: "127.0.0.1", port: 0 }, adminPort: 0, ...settings },
  );
  return await startEnvoy({
    config,
    env: { GATEWAY_IAM_TOKEN: iamToken },
    ...(concurrency !== undefined && { concurrency }),
    ...(drainMs !== undefined && { drainMs }),
    ...(validate !== undefined && { validate }),
  });
}

const ofRepository = (file: string): Promise<string> => readFile(join(repository(), file), "utf8");

/** From source and from dist alike. */
function repository(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "envoy", "envoy.template.yaml"))) return folder;
  }
  throw new Error("this is no clone of the repository: envoy/envoy.template.yaml is missing");
}
