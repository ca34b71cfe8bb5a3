import type { Policy, Route } from "@gantry/kernel";
import type { Place } from "../refusal/place.ts";

/** A route and where it is declared. */
export interface PlacedRoute extends Route {
  readonly place: Place;
}

/** What a route takes over from its operation's policy. */
export const fromPolicy = ({ auth, idempotency, deadlineMs, retryAttempts, rate }: Policy) => ({
  auth,
  idempotency,
  deadlineMs,
  retryAttempts,
  ...(rate && { rate }),
});
