import type { IdentityVerifier } from "@gantry/identity";
import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import { Hono } from "hono";
import { problemResponse } from "../problem/problem.ts";
import { quotableTraceId } from "../problem/trace-id.ts";
import type { RunInScope } from "./call.ts";
import type { HostBindings, HostContext } from "./exchange.ts";
import type { Contract } from "./operation.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { RouteTable } from "./route-table.ts";
import { serveOperation } from "./serve-operation.ts";
import type { AnswerMode } from "./settings.ts";

/** What a contract is served with. */
export interface ContractOptions {
  readonly logger: Logger;
  readonly verifier: IdentityVerifier;
  /** Default `strict`. */
  readonly answers?: AnswerMode;
  /** The longest request body, in bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * Whether this process itself keeps the policies' rates, each caller's on its own. Default false: a gateway in front does,
   * for all replicas together, and it alone sees the addresses of clients.
   */
  readonly rateLimits?: boolean;
  /**
   * What each handler runs in, so that the calls it makes inherit its deadline: `runInCallScope` of `@gantry/rpc`. Default:
   * nothing; such calls then only end when the handler's own signal is passed to them.
   */
  readonly inScope?: RunInScope;
}

/** 1 MiB. */
export const DEFAULT_MAX_BODY_BYTES = 1_048_576;

const defaults = { answers: "strict", maxBodyBytes: DEFAULT_MAX_BODY_BYTES, rateLimits: false } as const;

/**
 * A Hono app that serves contracts: every operation with its policy, its deadline and its checks both ways; a problem
 * document for everything else. Needs no host, so `app.request()` is enough for tests; limits of time and connections are
 * the host's.
 */
export function createContractApp(
  contracts: Contract | readonly Contract[],
  options: ContractOptions,
): Hono<{ Bindings: HostBindings }> {
  const list: readonly Contract[] = "operations" in contracts ? [contracts] : contracts;
  const settings = { ...defaults, ...options };
  const app = new Hono<{ Bindings: HostBindings }>();
  for (const { service, operations } of list) {
    for (const operation of operations) {
      const { rate } = operation.policy;
      const limiter = settings.rateLimits && rate !== undefined ? new RateLimiter(rate) : undefined;
      const served = { service, operation, settings, limiter };
      app.on(operation.method, honoPath(operation.route), (c) => serveOperation(c, served));
    }
  }
  const service = list[0]?.service ?? "http";
  const routes = new RouteTable(list.flatMap(({ operations }) => operations));
  app.notFound((c) => notFound(c, service, routes));
  return app;
}

/** `{name}` of OpenAPI is `:name` of Hono. */
const honoPath = (route: string): string => route.replaceAll(/\{(\w+)\}/g, ":$1");

function notFound(c: HostContext, service: string, routes: RouteTable): Response {
  const traceId = c.env?.exchange?.traceId ?? quotableTraceId();
  const allowed = routes.methodsAt(c.req.path);
  const error = allowed.length === 0 ? nothingHere() : methodNotAllowed(c.req.method, allowed);
  if (c.env?.exchange !== undefined) c.env.exchange.code = error.reason;
  return problemResponse(error, service, traceId, allowed.length === 0 ? {} : { allow: allowed.join(", ") });
}

const nothingHere = (): AppError =>
  new AppError({ kind: "not_found", reason: "NOT_FOUND", message: "There is nothing at this path." });

const methodNotAllowed = (method: string, allowed: readonly string[]): AppError =>
  new AppError({
    kind: "method_not_allowed",
    reason: "METHOD_NOT_ALLOWED",
    message: `${method.slice(0, 20)} is not allowed at this path. Allowed: ${allowed.join(", ")}.`,
  });
