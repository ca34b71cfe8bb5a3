import {
  type ConfigOf,
  defineConfig,
  durationMs,
  gatewaySettings,
  identityKey,
  port,
  serviceSettings,
  setting,
} from "@gantry/config";

const settings = {
  ...serviceSettings("GATEWAY"),
  identityKey: identityKey("GATEWAY"),
  httpPort: setting({
    env: "GATEWAY_HTTP_PORT",
    schema: port().default(0),
    description: "The one port of the system: HTTP/1.1 and h2; 0 takes a free one.",
  }),
  ...gatewaySettings(),
  sessionCacheMs: setting({
    env: "GATEWAY_SESSION_CACHE_MS",
    schema: durationMs({ min: 0, max: 5_000 }).default(0),
    description: "Milliseconds that a session found valid is not checked again, and lives on after a log-out; 0: none.",
  }),
  drainMs: setting({
    env: "GATEWAY_DRAIN_MS",
    schema: durationMs({ min: 1, max: 9_000 }).default(8_000),
    description: "Milliseconds that running requests may take after the signal to stop.",
  }),
};

export const gatewayConfig = defineConfig("gateway", settings);
export type GatewayConfig = ConfigOf<typeof settings>;
