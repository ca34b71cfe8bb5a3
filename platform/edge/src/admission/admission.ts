import type { Route } from "@gantry/kernel";
import type { Visit } from "../forward/visit.ts";
import type { EdgeLimits } from "../limits.ts";
import type { RateLimits } from "../rates/rate-limits.ts";
import { type Refusal, refusal } from "../refusal/refusal.ts";
import type { Cors } from "../request/cors.ts";
import { guardedPath } from "../routes/path-guard.ts";
import type { RouteTable } from "../routes/route-table.ts";
import type { SessionCheck, ValidSession } from "../session-check.ts";
import { askForSession } from "./ask-for-session.ts";

export interface AdmissionParts {
  readonly table: RouteTable;
  readonly cors: Cors;
  readonly rates: RateLimits | undefined;
  readonly sessionCheck: SessionCheck;
  readonly limits: EdgeLimits;
}

/** A host, as a name or an address, and perhaps a port. Nothing that a service could take for a part of a URL. */
const authority = /^[\w.\-:[\]]{1,255}$/;

/** What is wrong with a request before anybody looks where it wants to go; else its path. */
export function readTarget(visit: Visit, limits: EdgeLimits): string | Refusal {
  const { caller, head } = visit;
  const path = guardedPath(caller.target);
  if (path === undefined) return refusal("PATH_REFUSED");
  if (head.isRefused || !authority.test(caller.authority ?? "") || hasOddCoding(visit))
    return refusal("HEADER_REFUSED");
  return isTooLarge(caller.rawHeaders, limits) ? refusal("HEADERS_TOO_LARGE") : path;
}

/** Node lets codings other than `chunked` through, whose framing a service may read differently. */
function hasOddCoding({ head }: Visit): boolean {
  const coding = head.known["transfer-encoding"];
  return coding !== undefined && coding.toLowerCase() !== "chunked";
}

function isTooLarge(raw: readonly string[], { headerMaxBytes, headerMaxFields }: EdgeLimits): boolean {
  if (raw.length / 2 > headerMaxFields) return true;
  let bytes = 0;
  for (const text of raw) bytes += text.length + 2; // ": " and the line's end
  return bytes > headerMaxBytes;
}

/** Finds the route. The answer to a browser's preflight is a refusal of no kind: see {@link Preflight}. */
export function findRoute(visit: Visit, path: string, { table, cors }: AdmissionParts): Route | Preflight | Refusal {
  const { method } = visit.caller;
  const match = table.find(path, method);
  if (match === undefined) return refusal("ROUTE_NOT_FOUND");
  if ("route" in match) return match.route;
  if (cors.isPreflight(method, visit.head.known)) return { preflight: cors.preflight(match.methods) };
  return refusal("METHOD_NOT_ALLOWED", "allow", match.methods.join(", "));
}

/** Header names and values in turn. */
export interface Preflight {
  readonly preflight: readonly string[];
}

/** How large a body may be: a stream of messages is bounded by time, and each message by its service. */
export const maxBodyBytesOf = ({ streaming }: Route, limits: Pick<EdgeLimits, "maxBodyBytes">): number =>
  streaming === "client_stream" || streaming === "bidi_stream" ? Number.POSITIVE_INFINITY : limits.maxBodyBytes;

/**
 * Decides whether a request may go on, and whose it is. Whoever cannot be counted or checked stays outside: nothing in
 * here answers "yes" because something failed.
 * @returns the session of a person; undefined on a public route; or why not
 */
export async function admit(
  visit: Visit,
  route: Route,
  parts: AdmissionParts,
): Promise<ValidSession | undefined | Refusal> {
  const { limits, rates } = parts;
  if ((visit.caller.length ?? 0) > maxBodyBytesOf(route, limits)) return refusal("BODY_TOO_LARGE");
  const session = route.auth === "PUBLIC" ? undefined : await askForSession(visit, parts);
  if (session !== undefined && "reason" in session) return session;
  const waitSec = rates?.take(route, session?.userUuid, visit.caller.address, performance.now()) ?? 0;
  return waitSec === 0 ? session : refusal("RATE_LIMITED", "retry-after", String(waitSec));
}
