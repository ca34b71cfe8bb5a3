import { durationMs, flag, httpUrl, integer, text } from "./schemas.ts";
import { setting } from "./setting.ts";

/** Where one service is. */
const place = (service: string, example: string) =>
  setting({
    env: `GATEWAY_${service.toUpperCase()}_URL`,
    schema: httpUrl(),
    description: `Base URL of ${service}.`,
    example,
  });

const file = (env: string, description: string) =>
  setting({ env, schema: text({ min: 1, max: 4096 }).optional(), description });

/** An origin as browsers send it: nothing behind the port, and never `*`, which would let every page use a session. */
const origin = /^https?:\/\/[\w.-]+(?::\d{1,5})?$/;

/** What every gateway reads, whichever runs: the one on Node, or Envoy with the configuration rendered for it. */
export const gatewaySettings = () => ({
  iamUrl: place("iam", "http://127.0.0.1:8090"),
  orderUrl: place("order", "http://127.0.0.1:8080"),
  inventoryUrl: place("inventory", "http://127.0.0.1:50051"),
  paymentUrl: place("payment", "http://127.0.0.1:50052"),
  origins: setting({
    env: "GATEWAY_ORIGINS",
    schema: text({ min: 0, max: 4000 })
      .default("")
      .transform((list) => list.split(",").map((one) => one.trim()))
      .transform((list) => list.filter((one) => one !== ""))
      .refine((list) => list.every((one) => origin.test(one)), "must be origins like https://shop.example, by commas"),
    description: "Origins of browsers that may call, separated by commas; none without.",
    example: "http://localhost:5173",
  }),
  rateLimits: setting({
    env: "GATEWAY_RATE_LIMITS",
    schema: flag().default(true),
    description: "Whether the rates of the contracts are kept, by each process for itself.",
  }),
  sessionTimeoutMs: setting({
    env: "GATEWAY_SESSION_TIMEOUT_MS",
    schema: durationMs({ min: 10, max: 10_000 }).default(1000),
    description: "Milliseconds that IAM may take to check a session; then the request is refused with 503.",
  }),
  maxBodyBytes: setting({
    env: "GATEWAY_MAX_BODY_BYTES",
    schema: integer({ min: 1, max: 268_435_456 }).default(4_194_304),
    description: "Bytes of a request's body at most.",
  }),
  tlsCertFile: file(
    "GATEWAY_TLS_CERT_FILE",
    "A PEM file with the certificate of the port and its chain; unset: no TLS.",
  ),
  tlsKeyFile: file("GATEWAY_TLS_KEY_FILE", "A PEM file with the certificate's private key."),
});
