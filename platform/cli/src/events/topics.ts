import { type EventRegistry, topicSpecs } from "@gantry/messaging";
import { onBroker } from "./broker.ts";
import { topicsOf } from "./registry.ts";
import type { EventSources } from "./sources.ts";

/** Makes the topics that the contracts name, or checks that they are there. @returns one line for each */
export async function topics(
  sources: EventSources,
  registry: EventRegistry,
  create: boolean,
): Promise<readonly string[]> {
  const specs = topicSpecs(registry, topicsOf(registry));
  await onBroker(sources, async ({ admin }) => {
    if (create) await admin.createTopics(specs);
    await admin.checkTopics(specs);
  });
  return specs.map(
    ({ name, partitions }) => `${name}: ${partitions} partition${partitions === 1 ? "" : "s"} wanted, ok`,
  );
}
