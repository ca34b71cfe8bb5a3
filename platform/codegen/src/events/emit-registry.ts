import { fileHeader } from "../text/header.ts";
import { docComment, propertyName, quote } from "../text/quote.ts";
import type { EventMessage } from "./read-events.ts";

/** The text of `registry.ts`. */
export function emitRegistry(events: readonly EventMessage[]): string {
  return [
    fileHeader("the protos"),
    `import type { MessageShape } from "@bufbuild/protobuf";\n${emitImports(events)}`,
    emitTable(events),
    emitTypes(),
    emitTopics(events),
  ].join("\n");
}

/** The name of a message in this module; the package takes part where two events are called the same. */
function nameOf(event: EventMessage, events: readonly EventMessage[]): string {
  const twins = events.filter(({ desc }) => desc.name === event.desc.name);
  return twins.length === 1 ? event.desc.name : event.desc.typeName.replaceAll(".", "_");
}

function emitImports(events: readonly EventMessage[]): string {
  const files = Map.groupBy(events, ({ desc }) => desc.file.name);
  const imports = [...files].map(([file, own]) => {
    const names = own.map((event) => alias(event.desc.name, nameOf(event, events)));
    return `import {\n${names.map((name) => `  ${name},\n`).join("")}} from ${quote(`../proto/${file}_pb.ts`)};\n`;
  });
  return imports.join("");
}

const alias = (name: string, as: string): string => (name === as ? `${name}Schema` : `${name}Schema as ${as}Schema`);

function emitTable(events: readonly EventMessage[]): string {
  const rows = events.map((event) => {
    const name = nameOf(event, events);
    const key = quote(event.key.localName);
    return `  ${quote(event.desc.typeName)}: { schema: ${name}Schema, topic: ${quote(event.topic)}, key: ${key} },\n`;
  });
  return `${docComment([
    "Every event by its full name: how it is encoded, where it travels, and which of its members is the message key.",
    "Events with the same key stay in order.",
  ])}export const events = {\n${rows.join("")}} as const;\n`;
}

const emitTypes = (): string =>
  [
    docComment(["The full name of an event."]),
    "export type EventName = keyof typeof events;\n\n",
    docComment(["Any event; `$typeName` tells them apart."]),
    `export type AnyEvent = EventOfName<EventName>;\n\n`,
    docComment(["The event of a name."]),
    `export type EventOfName<Name extends EventName> = MessageShape<(typeof events)[Name]["schema"]>;\n\n`,
    docComment(["A topic that events travel on."]),
    `export type Topic = (typeof events)[EventName]["topic"];\n\n`,
    docComment(["Any event of a topic."]),
    `export type EventOfTopic<T extends Topic> = {\n`,
    `  [Name in EventName]: (typeof events)[Name]["topic"] extends T ? EventOfName<Name> : never;\n`,
    `}[EventName];\n`,
  ].join("");

function emitTopics(events: readonly EventMessage[]): string {
  const topics = Map.groupBy(events, ({ topic }) => topic);
  const rows = [...topics].map(([topic, own]) => {
    const names = own.map(({ desc }) => `    ${quote(desc.typeName)},\n`).join("");
    return `  ${propertyName(topic)}: [\n${names}  ],\n`;
  });
  return `${docComment(["The names of the events of each topic."])}export const topics = {\n${rows.join("")}} as const satisfies Record<Topic, readonly EventName[]>;\n`;
}
