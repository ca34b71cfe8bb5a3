import { formatPlace } from "../refusal/place.ts";
import type { Problems } from "../refusal/problems.ts";
import type { PlacedRoute } from "./route.ts";

/** Two routes that a request could mean both: same method, same path but for the names of its parameters. */
export function refuseClashes(routes: readonly PlacedRoute[], problems: Problems): void {
  const seen = new Map<string, PlacedRoute>();
  for (const route of routes) {
    for (const method of route.methods) {
      const shape = `${method} ${route.path.replaceAll(/\{[^}]+\}/g, "{}")}`;
      const first = seen.get(shape);
      seen.set(shape, first ?? route);
      if (first === undefined) continue;
      problems.add(
        route.place,
        `${method} ${route.path} is taken by ${first.operation} (${formatPlace(first.place)}).`,
        "Change one of the paths.",
      );
    }
  }
}
