import { readEvents } from "../events/read-events.ts";
import type { Plugin } from "../plugin/plugin.ts";
import { Problems } from "../refusal/problems.ts";
import { emitDocument } from "./emit-document.ts";

/** The AsyncAPI document of the events, for people and catalogues. */
export const asyncApiPlugin: Plugin = {
  name: "gantry-asyncapi",
  generate(input) {
    const problems = new Problems();
    const events = readEvents(input, problems);
    problems.throwIfAny();
    return [{ name: "asyncapi.yaml", content: emitDocument(events) }];
  },
};
