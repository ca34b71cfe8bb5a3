import { z } from "zod";
import { choice, httpUrl, json, port, text } from "./schemas.ts";
import { setting } from "./setting.ts";

/** An Ed25519 key (RFC 8037) whose id names its owner. */
const publicJwk = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string().min(1).max(200),
  x: z.string().length(43),
});

/** Strict, so that a private key put here by mistake stops the start instead of being spread. */
const jwks = z.strictObject({ keys: z.array(publicJwk).max(100) });

const privateJwk = publicJwk.extend({ d: z.string().length(43) });

/**
 * The settings that every service has. `prefix` is the service's, in capitals: `serviceSettings("ORDER")`.
 *
 * `identityKey` is optional here; a service that calls others on its own behalf replaces it by {@link identityKey}.
 */
export function serviceSettings(prefix: string) {
  return {
    logLevel: setting({
      env: "LOG_LEVEL",
      schema: choice(["trace", "debug", "info", "warn", "error", "fatal"]).default("info"),
      description: "The least important log lines that are written.",
    }),
    otlpEndpoint: setting({
      env: "OTEL_EXPORTER_OTLP_ENDPOINT",
      schema: httpUrl().optional(),
      description: "Base URL of an OTLP/HTTP collector; unset: traces and metrics are not sent.",
      example: "http://127.0.0.1:4318",
    }),
    identityJwks: setting({
      env: "IDENTITY_JWKS",
      schema: json(jwks),
      description: "The public keys whose signed identities are believed, a JWK set; no keys: nobody is believed.",
      example: '{"keys":[]}',
    }),
    identityKey: setting({
      env: `${prefix}_IDENTITY_KEY`,
      schema: json(privateJwk).optional(),
      description: "The private key that signs this service's own identity, a JWK.",
      secret: true,
    }),
    host: setting({
      env: `${prefix}_HOST`,
      schema: text({ min: 1, max: 255 }).default("127.0.0.1"),
      description: "The address that all ports of this service listen on.",
    }),
    opsPort: setting({
      env: `${prefix}_OPS_PORT`,
      schema: port().default(0),
      description: "The port of /livez and /readyz; 0 takes a free one.",
    }),
  };
}

/** Where a service that people call finds the keys of people's identities that `IDENTITY_JWKS` does not hold yet. */
export function identityJwksUrl() {
  return setting({
    env: "IDENTITY_JWKS_URL",
    schema: httpUrl().optional(),
    description: "Where IAM publishes its keys, believed for people's identities beside IDENTITY_JWKS; unset: nowhere.",
    example: "http://127.0.0.1:8090/.well-known/jwks.json",
  });
}

/** The key that signs this service's identity, required. */
export function identityKey(prefix: string) {
  return setting({
    env: `${prefix}_IDENTITY_KEY`,
    schema: json(privateJwk),
    description: "The private key that signs this service's own identity, a JWK.",
    secret: true,
  });
}
