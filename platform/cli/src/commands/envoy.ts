import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EnvoySettings, renderEnvoy } from "@gantry/edge/envoy";
import type { Command } from "../command.ts";
import { type EnvoyConfig, envoyConfig } from "../envoy/config.ts";
import { UsageError } from "../usage-error.ts";

const help = `gantry envoy: Envoy as the gateway, from the contracts.

  npm run --silent gantry -- envoy render > envoy.json   the whole configuration, for the addresses in the environment
  npm run --silent gantry -- envoy settings              what the environment may say

Run it with the credential of gantry gateway-token; without, Envoy does not start:

  GATEWAY_IAM_TOKEN=… envoy -c envoy.json

It must be rendered again when the contracts change, and Envoy started again: it watches no file.
`;

/** `gantry envoy` */
export const envoyCommand: Command = {
  help,
  flags: [],
  async run([what, ...more], _flags, { output, workspace, environment }) {
    if (more.length > 0 || (what !== "render" && what !== "settings")) throw new UsageError("say render or settings");
    if (what === "settings") {
      output.out(envoyConfig.help());
      return 0;
    }
    const read = (file: string): Promise<string> => readFile(join(workspace.root, file), "utf8");
    const parts = {
      template: await read("envoy/envoy.template.yaml"),
      script: await read("envoy/session.lua"),
      routes: await read("gen/envoy/routes.yaml"),
    };
    output.out(renderEnvoy(parts, settingsOf(envoyConfig.load(environment))));
    return 0;
  },
};

function settingsOf(config: EnvoyConfig): EnvoySettings {
  const { iamUrl, orderUrl, inventoryUrl, paymentUrl, tlsCertFile, tlsKeyFile } = config;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined))
    throw new UsageError("GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE belong together");
  return {
    listen: { host: config.host, port: config.httpPort },
    adminPort: config.adminPort,
    upstreams: {
      iam: { url: iamUrl, speaks: "rpc" },
      order: { url: orderUrl, speaks: "http" },
      inventory: { url: inventoryUrl, speaks: "rpc" },
      payment: { url: paymentUrl, speaks: "rpc" },
    },
    iamUrl,
    origins: config.origins,
    rateLimits: config.rateLimits,
    sessionTimeoutMs: config.sessionTimeoutMs,
    maxBodyBytes: config.maxBodyBytes,
    ...(tlsCertFile !== undefined &&
      tlsKeyFile !== undefined && { tls: { certificateFile: tlsCertFile, keyFile: tlsKeyFile } }),
  };
}
