import { defineConfig, identityKey } from "@gantry/config";
import type { IdentityPrivateJwk } from "@gantry/identity";

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the person's shell says. */
export const environment = (): Environment => process.env;

const gateway = defineConfig("gateway-token", { key: identityKey("GATEWAY") });

/** The key that a gateway speaks with. @throws ConfigError when it is not there, or none */
export const gatewayKey = ({ GATEWAY_IDENTITY_KEY }: Environment): IdentityPrivateJwk =>
  gateway.load({ GATEWAY_IDENTITY_KEY }).key;
