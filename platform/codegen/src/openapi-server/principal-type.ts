import type { Auth } from "@gantry/kernel";
import type { Operation } from "../openapi/api.ts";

const types = {
  PUBLIC: "undefined",
  SESSION: "UserPrincipal",
  SERVICE: "ServicePrincipal",
} as const satisfies Record<Auth, string>;

/** Who a handler is called by, as its policy says. */
export const principalType = ({ policy }: Operation): string => types[policy.auth];
