import type { Plugin } from "../plugin/plugin.ts";
import { Problems } from "../refusal/problems.ts";
import { emitRegistry } from "./emit-registry.ts";
import { readEvents } from "./read-events.ts";

/** The registry of events: what producers and consumers need to know about each of them. */
export const eventsPlugin: Plugin = {
  name: "gantry-events",
  generate(input) {
    const problems = new Problems();
    const events = readEvents(input, problems);
    problems.throwIfAny();
    return [{ name: "registry.ts", content: emitRegistry(events) }];
  },
};
