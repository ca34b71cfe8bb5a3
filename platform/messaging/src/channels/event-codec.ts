import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageValidType,
  toBinary,
} from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { AppError, type EventRecord, isUuid, uuidv7, type Violation } from "@gantry/kernel";
import { activeTraceHeaders, attributeNames, startProducerSpan } from "@gantry/telemetry";
import { type InboundMessage, MAX_MESSAGE_BYTES, type OutboundMessage } from "../port/broker.ts";
import type { EventEntry, EventInit, EventRegistry, EventSchemaOf } from "./event-registry.ts";
import { schemaFingerprint } from "./schema-fingerprint.ts";
import { toMessage, toRecord } from "./wire.ts";

/** Turns events into records and messages and back, checking them against the contract on both ways. */
export interface EventCodec<R extends EventRegistry> {
  /**
   * An event ready for the outbox: topic and key are known, the message is validated, its id is made when `eventUuid` is left
   * out, and the trace goes on with it.
   * @throws AppError `internal` EVENT_INVALID when it breaks its contract (a bug here: validate input before),
   * `payload_too_large` EVENT_TOO_LARGE above 900 000 bytes
   */
  record<Schema extends EventSchemaOf<R>>(schema: Schema, init: EventInit<Schema>): EventRecord;
  /** The record as a broker takes it. */
  toMessage(record: EventRecord): OutboundMessage;
  /**
   * What a message says about itself, without a look into its payload.
   * @throws AppError `invalid_argument` EVENT_HEADERS_INVALID
   */
  toRecord(message: InboundMessage): EventRecord;
  /**
   * The event, validated; `$typeName` says which. Fields that this contract does not know are kept and pass.
   * @throws AppError `invalid_argument` EVENT_TYPE_UNKNOWN, EVENT_UNDECODABLE, EVENT_INVALID or EVENT_HEADERS_INVALID (they
   * contradict the payload): no retry can help, the bytes are what they are
   */
  decode(record: EventRecord): MessageValidType<EventSchemaOf<R>>;
  /** Whether the producer's contract of this event differs from ours; undefined when it did not say. Harmless by itself. */
  sameSchema(record: EventRecord): boolean | undefined;
}

/** Makes a codec. Cheap; rules are compiled at their first use. */
export function createEventCodec<R extends EventRegistry>(registry: R): EventCodec<R> {
  const entries = new Map<string, EventEntry>(Object.entries(registry));
  const fingerprints = new Map([...entries].map(([type, { schema }]) => [type, schemaFingerprint(schema)]));
  const owners = new Map([...fingerprints].map(([type, fingerprint]) => [fingerprint, type]));

  function entryOf({ type, topic }: Pick<EventRecord, "type" | "topic">): EventEntry {
    const entry = entries.get(type);
    if (entry?.topic !== topic) throw poison("EVENT_TYPE_UNKNOWN", `${type} is no event of ${topic}.`);
    return entry;
  }

  return {
    record(schema, init) {
      const type = schema.typeName;
      const entry = entries.get(type);
      if (entry === undefined) throw invalidHere(`${type} is no event of the registry.`);
      return encode(entry, init, fingerprints.get(type) ?? "");
    },
    toMessage,
    toRecord,
    decode(record) {
      const entry = entryOf(record);
      // Protobuf reads the bytes of one event as another one without complaint: the fingerprint tells them apart.
      const owner = owners.get(record.headers.schema ?? "");
      if (owner !== undefined && owner !== record.type)
        throw poison("EVENT_HEADERS_INVALID", `The type is ${record.type}, but the schema is that of ${owner}.`);
      const message = parse(entry.schema, record.payload);
      validate(entry.schema, message, contradictsContract);
      compareWithHeaders(entry, message, record);
      // Parsed by the schema that the registry has for this name, and valid: it is what the registry's type says.
      return message as MessageValidType<EventSchemaOf<R>>;
    },
    sameSchema: ({ type, headers }) =>
      headers.schema === undefined ? undefined : headers.schema === fingerprints.get(type),
  };
}

function encode({ schema, topic, key }: EventEntry, init: object, fingerprint: string): EventRecord {
  const message = create(schema, { eventUuid: uuidv7(), ...init });
  validate(schema, message, (violations) =>
    invalidHere(`${schema.typeName} breaks its contract: ${violations.map(describe).join("; ")}.`),
  );
  const payload = toBinary(schema, message);
  if (payload.length > MAX_MESSAGE_BYTES) throw tooLarge(schema.typeName, payload.length);
  const facts = { eventId: uuidMember(message, "eventUuid"), key: uuidMember(message, key), version: version(message) };
  const attributes = {
    [attributeNames.messagingDestination]: topic,
    [attributeNames.messagingMessageId]: facts.eventId,
    [attributeNames.messagingKey]: facts.key,
    [attributeNames.eventType]: schema.typeName,
  };
  const span = startProducerSpan(`create ${topic}`, attributes);
  const headers = { ...span.run(activeTraceHeaders), schema: fingerprint };
  span.end();
  return { ...facts, type: schema.typeName, topic, payload, headers };
}

const member = (message: Message, name: string): unknown => Reflect.get(message, name);

function uuidMember(message: Message, name: string): string {
  const value = member(message, name);
  if (typeof value === "string" && isUuid(value)) return value;
  throw invalidHere(`${message.$typeName} has no UUID in lower case as ${name}.`);
}

function version(message: Message): number {
  const value = member(message, "version");
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw invalidHere(`${message.$typeName} has no version from 1.`);
}

function parse(schema: DescMessage, payload: Uint8Array): Message {
  try {
    return fromBinary(schema, payload);
  } catch (cause) {
    throw poison("EVENT_UNDECODABLE", `The payload is no ${schema.typeName}.`, { cause });
  }
}

const validator = createValidator();

function validate(schema: DescMessage, message: Message, refuse: (violations: readonly Violation[]) => AppError): void {
  const result = validator.validate(schema, message);
  if (result.kind === "valid") return;
  if (result.kind === "error") throw result.error;
  throw refuse(
    result.violations.map(({ field, ruleId, message: text }) => ({
      field: field.map((part) => ("name" in part ? part.name : "")).join("."),
      rule: ruleId,
      message: text,
    })),
  );
}

const contradictsContract = (violations: readonly Violation[]): AppError =>
  poison("EVENT_INVALID", `The event breaks its contract: ${violations.map(describe).join("; ")}.`, { violations });

const describe = ({ field, message }: Violation): string => `${field}: ${message}`;

/** What the inbox decides by stands in the headers, so they must say the same as the event. */
function compareWithHeaders({ key }: EventEntry, message: Message, record: EventRecord): void {
  const pairs: readonly [string, unknown, unknown][] = [
    ["event_id", record.eventId, member(message, "eventUuid")],
    ["aggregate_version", record.version, member(message, "version")],
    ["key", record.key, member(message, key)],
  ];
  const different = pairs.find(([, header, inside]) => header !== inside);
  if (different !== undefined)
    throw poison("EVENT_HEADERS_INVALID", `The message's ${different[0]} is not the one in its payload.`);
}

const poison = (
  reason: string,
  message: string,
  more: { readonly cause?: unknown; readonly violations?: readonly Violation[] } = {},
): AppError => new AppError({ kind: "invalid_argument", reason, message, ...more });

const invalidHere = (message: string): AppError => new AppError({ kind: "internal", reason: "EVENT_INVALID", message });

const tooLarge = (type: string, bytes: number): AppError =>
  new AppError({
    kind: "payload_too_large",
    reason: "EVENT_TOO_LARGE",
    message: `${type} would have ${bytes} bytes; at most ${MAX_MESSAGE_BYTES} can be sent.`,
  });
