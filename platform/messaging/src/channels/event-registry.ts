import type { DescMessage, MessageInitShape, MessageValidType } from "@bufbuild/protobuf";

/** How one event is encoded and where it travels. */
export interface EventEntry {
  readonly schema: DescMessage;
  readonly topic: string;
  /** The member of the message that is the key: events with the same value of it stay in order. */
  readonly key: string;
}

/** Every event of a system by its full protobuf name: the shape of `events` in `@gantry/gen/events/registry`. */
export type EventRegistry = Readonly<Record<string, EventEntry>>;

/** A topic of the registry. */
export type TopicOf<R extends EventRegistry> = R[keyof R]["topic"];

/** The full names of the events of a topic. */
export type EventNameOf<R extends EventRegistry, T extends TopicOf<R> = TopicOf<R>> = {
  [Name in keyof R & string]: R[Name]["topic"] extends T ? Name : never;
}[keyof R & string];

/** The schema of any event of the registry: no other message can be published. */
export type EventSchemaOf<R extends EventRegistry> = R[keyof R]["schema"];

/** An event as its handler gets it: validated, so that required members are there. */
export type EventOf<R extends EventRegistry, Name extends keyof R> = MessageValidType<R[Name]["schema"]>;

/** What a publisher gives: `eventUuid` may be left out, it is made then. */
export type EventInit<Schema extends DescMessage> = MessageInitShape<Schema>;
