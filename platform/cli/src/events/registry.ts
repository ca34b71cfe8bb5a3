import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { EventEntry, EventRegistry } from "@gantry/messaging";
import type { Workspace } from "../workspace.ts";

/**
 * The events of the clone, from `gen/events/registry.ts`. By path, as a service's `main.ts` is found: a platform package knows
 * no business by name.
 * @throws Error when there is none
 */
export async function loadRegistry({ root }: Workspace): Promise<EventRegistry> {
  const file = join(root, "gen", "events", "registry.ts");
  const module: unknown = await import(pathToFileURL(file).href);
  const events: unknown = typeof module === "object" && module !== null && "events" in module ? module.events : {};
  if (!isRegistry(events)) throw new Error(`${file} holds no events; run npm run generate`);
  return events;
}

const isRegistry = (value: unknown): value is EventRegistry =>
  typeof value === "object" && value !== null && Object.values(value).every(isEntry);

const isEntry = (value: unknown): value is EventEntry =>
  typeof value === "object" && value !== null && "schema" in value && "topic" in value && "key" in value;

/** The topics of a registry, sorted. */
export const topicsOf = (registry: EventRegistry): readonly string[] =>
  [...new Set(Object.values(registry).map(({ topic }) => topic))].sort();
