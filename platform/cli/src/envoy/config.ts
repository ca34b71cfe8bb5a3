import { type ConfigOf, defineConfig, gatewaySettings, port, setting, text } from "@gantry/config";

const settings = {
  host: setting({
    env: "GATEWAY_HOST",
    schema: text({ min: 1, max: 255 }).default("127.0.0.1"),
    description: "The address that the port of clients listens on.",
  }),
  httpPort: setting({
    env: "GATEWAY_HTTP_PORT",
    schema: port(),
    description: "The port of clients: HTTP/1.1 and h2.",
    example: "8080",
  }),
  adminPort: setting({
    env: "ENVOY_ADMIN_PORT",
    schema: port().default(9901),
    description: "The port of Envoy's admin interface, on 127.0.0.1.",
  }),
  ...gatewaySettings(),
};

/** What `gantry envoy` reads from the environment: the settings of the other gateway, as far as Envoy has them. */
export const envoyConfig = defineConfig("envoy", settings);
export type EnvoyConfig = ConfigOf<typeof settings>;
