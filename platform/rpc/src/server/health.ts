import { setTimeout as delay } from "node:timers/promises";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { type Health, HealthCheckResponse_ServingStatus as Status } from "@gantry/gen/proto/grpc/health/v1/health_pb";
import { AppError } from "@gantry/kernel";
import type { HealthMonitor } from "./health-monitor.ts";

/** How often a watched status is looked at, in milliseconds. */
const WATCH_MS = 1_000;

/**
 * The gRPC health protocol, version 1: `""` is the whole server, any other name one of its services.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthService(monitor: HealthMonitor, services: ReadonlySet<string>): ServiceImpl<typeof Health> {
  const isKnown = (service: string): boolean => service === "" || services.has(service);
  const status = async (service: string): Promise<Status> => {
    if (!isKnown(service)) return Status.SERVICE_UNKNOWN;
    return (await monitor.isServing()) ? Status.SERVING : Status.NOT_SERVING;
  };
  return {
    async check({ service }) {
      if (!isKnown(service)) throw unknownService(service);
      return { status: await status(service) };
    },
    async list() {
      const names = ["", ...services];
      const states = await Promise.all(names.map(async (name) => [name, { status: await status(name) }] as const));
      return { statuses: Object.fromEntries(states) };
    },
    async *watch({ service }, context) {
      let told: Status | undefined;
      while (!context.signal.aborted) {
        const now = await status(service);
        if (now !== told) yield { status: now };
        told = now;
        if (monitor.draining.aborted) return; // it has been told, and would hold up the shutdown
        await pause(monitor, context);
      }
    },
  };
}

/** Until the next look, the end of the call, or the shutdown. */
async function pause(monitor: HealthMonitor, context: HandlerContext): Promise<void> {
  const signal = AbortSignal.any([context.signal, monitor.draining]);
  await delay(WATCH_MS, undefined, { signal, ref: false }).catch(() => {});
}

const unknownService = (name: string): AppError =>
  new AppError({
    kind: "not_found",
    reason: "UNKNOWN_SERVICE",
    message: `There is no service ${JSON.stringify(name)}.`,
  });
