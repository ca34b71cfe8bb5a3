import type { ConnectRouter, Interceptor } from "@connectrpc/connect";
import { Health } from "@gantry/gen/proto/grpc/health/v1/health_pb";
import { ServerReflection } from "@gantry/gen/proto/grpc/reflection/v1/reflection_pb";
import type { Policy, PolicyTable } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { methodKey, Policies } from "../policies.ts";
import { deadline } from "./deadline.ts";
import { errorMap } from "./error-map.ts";
import { healthService } from "./health.ts";
import type { HealthMonitor } from "./health-monitor.ts";
import { reflectionService } from "./reflection.ts";
import { ReflectionIndex } from "./reflection-index.ts";

const open = (deadlineMs: number): Policy => ({
  auth: "PUBLIC",
  deadlineMs,
  idempotency: "NO_SIDE_EFFECTS",
  retryAttempts: 1,
});

/** The contracts of these services are not ours and carry no policy. */
const policies: PolicyTable = {
  [methodKey(Health.method.check)]: open(5_000),
  [methodKey(Health.method.list)]: open(5_000),
  [methodKey(Health.method.watch)]: open(Number.POSITIVE_INFINITY),
  [methodKey(ServerReflection.method.serverReflectionInfo)]: open(60_000),
};

/**
 * Adds health and reflection for what the router serves so far. Probes and tools carry no identity, so none is looked at;
 * nor are they traced, because they come every few seconds.
 */
export function addBuiltinServices(router: ConnectRouter, monitor: HealthMonitor, logger: Logger): void {
  const interceptors: Interceptor[] = [errorMap("grpc", logger), deadline(new Policies(policies))];
  const served = new Set(router.handlers.map((handler) => handler.service));
  const index = new ReflectionIndex([...served, Health, ServerReflection]);
  router.service(Health, healthService(monitor, new Set(index.services)), { interceptors });
  router.service(ServerReflection, reflectionService(index), { interceptors });
}
