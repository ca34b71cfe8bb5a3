import { isIPv6 } from "node:net";
import type { Rate, Route } from "@gantry/kernel";
import { TokenBuckets } from "./token-buckets.ts";

/** How many people or addresses one route remembers; about 10 MB if all routes are flooded. */
const MAX_BUCKETS = 10_000;

/** The rates of the contracts, kept by this process. */
export class RateLimits {
  readonly #byRoute = new Map<Route, TokenBuckets>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (route.rate !== undefined) this.#byRoute.set(route, new TokenBuckets(route.rate, MAX_BUCKETS));
    }
  }

  /**
   * @param who the person's uuid, or undefined for a request without a session
   * @returns 0, or after how many seconds to ask again
   */
  take(route: Route, who: string | undefined, address: string, nowMs: number): number {
    const { rate } = route;
    const buckets = this.#byRoute.get(route);
    return rate === undefined || buckets === undefined ? 0 : buckets.take(keyOf(rate, who, address), nowMs);
  }
}

/** Somebody unknown is counted by address: a rate per person on a public route must not be none. */
function keyOf({ per }: Rate, who: string | undefined, address: string): string {
  if (per === "TOTAL") return "";
  return per === "USER" && who !== undefined ? who : network(address);
}

/** Of IPv6, a subscriber has a whole /64 (RFC 6177). */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  if (tail !== undefined) while (groups.length + tail.split(":").length < 8) groups.push("0");
  return groups.slice(0, 4).join(":");
}
