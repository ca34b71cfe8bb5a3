import type { Interceptor } from "@connectrpc/connect";
import type { Logger } from "@gantry/telemetry";
import { clientIdentity, type IdentitySource } from "./identity.ts";
import { lostConnection } from "./lost-connection.ts";
import { retry } from "./retry.ts";
import { clientTelemetry } from "./telemetry.ts";

/** What each call goes through, outermost first: telemetry, retry, identity, and next to the wire the lost connections. */
export const clientInterceptors = (identity: IdentitySource, logger: Logger): Interceptor[] => [
  clientTelemetry,
  retry(logger),
  clientIdentity(identity),
  lostConnection,
];
