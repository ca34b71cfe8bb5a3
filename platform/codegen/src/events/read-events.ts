import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import type { PluginInput } from "../plugin/plugin.ts";
import { customOption } from "../proto/custom-option.ts";
import { type OwnFile, ownFiles } from "../proto/own-files.ts";
import { placeOf } from "../proto/places.ts";
import type { Problems } from "../refusal/problems.ts";

/** A message that travels: where to, and which of its fields keeps the order. */
export interface EventMessage {
  readonly file: OwnFile;
  readonly desc: DescMessage;
  readonly topic: string;
  readonly key: DescField;
}

type Refuse = (problem: string, advice: string) => void;

/** Every event of our protos, in the order of files and declarations. Reports what cannot be published. */
export function readEvents(input: PluginInput, problems: Problems): readonly EventMessage[] {
  const option = customOption(input, "gantry.event.v1.event");
  const events = ownFiles(input).flatMap((file) =>
    file.desc.messages.flatMap((desc) => {
      const refuse: Refuse = (problem, advice) => problems.add(placeOf(file, desc), `${desc.name}: ${problem}`, advice);
      const written = option.read(desc);
      if (written !== undefined) return readEvent(file, desc, written, refuse) ?? [];
      if (file.path.endsWith("/events.proto")) {
        refuse(
          "A message of an events file is no event.",
          "Add option (gantry.event.v1.event), or move it to another file.",
        );
      }
      return [];
    }),
  );
  refuseTwins(events, problems);
  return events;
}

function readEvent(
  file: OwnFile,
  desc: DescMessage,
  written: Readonly<Record<string, unknown>>,
  refuse: Refuse,
): EventMessage | undefined {
  const topic = readTopic(written.topic, refuse);
  const key = readKey(desc, written.key, refuse);
  return topic === undefined || key === undefined ? undefined : { file, desc, topic, key };
}

function readTopic(topic: unknown, refuse: Refuse): string | undefined {
  if (topic === undefined) {
    refuse("The event has no topic.", "Say topic: <service>.events.v1.");
  } else if (
    typeof topic === "string" &&
    topic.length <= 200 &&
    /^[a-z][a-z0-9-]*\.events\.v[1-9][0-9]*$/.test(topic)
  ) {
    return topic;
  } else {
    refuse(`The topic ${JSON.stringify(topic)} is no name.`, "Say <service>.events.v<major>, at most 200 characters.");
  }
  return undefined;
}

function readKey(desc: DescMessage, key: unknown, refuse: Refuse): DescField | undefined {
  if (key === undefined) {
    refuse("The event has no key.", "Name the string field whose equal values stay in order, such as order_uuid.");
    return undefined;
  }
  const field = desc.fields.find(({ name }) => name === key);
  if (field === undefined) {
    refuse(
      `The key ${JSON.stringify(key)} is no field.`,
      `Name one of ${desc.fields.map(({ name }) => name).join(", ")}.`,
    );
  } else if (field.fieldKind === "scalar" && field.scalar === ScalarType.STRING && field.oneof === undefined) {
    return field;
  } else {
    refuse(
      `The key ${field.name} is no plain string field.`,
      "Name a string field that is not repeated and in no oneof.",
    );
  }
  return undefined;
}

/** Consumers tell events of a topic apart by their simple names. */
function refuseTwins(events: readonly EventMessage[], problems: Problems): void {
  const seen = new Map<string, EventMessage>();
  for (const event of events) {
    const id = `${event.topic}/${event.desc.name}`;
    const first = seen.get(id);
    seen.set(id, first ?? event);
    if (first === undefined) continue;
    problems.add(
      placeOf(event.file, event.desc),
      `${event.topic} has a ${event.desc.name} already: ${first.desc.typeName}.`,
      "Rename the event or give it a topic of its own.",
    );
  }
}
