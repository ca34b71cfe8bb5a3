import { AppError, type EventRecord, isUuid } from "@gantry/kernel";
import type { InboundMessage, OutboundMessage } from "../port/broker.ts";

/** Beside an event's own facts only these headers travel, and only while they are short and printable. */
const carried = ["schema", "traceparent", "tracestate", "causation_id"];
const carriedValue = /^[\x20-\x7e]{1,512}$/;
const typeName = /^[A-Za-z_][\w.]{0,254}$/;
const versionDigits = /^[1-9]\d{0,9}$/;
const MAX_VERSION = 2_147_483_647;

/** An event as a broker takes it. */
export const toMessage = ({ topic, key, payload, type, eventId, version, headers }: EventRecord): OutboundMessage => ({
  topic,
  key,
  headers: { ...headers, type, event_id: eventId, aggregate_version: String(version) },
  value: payload,
});

/**
 * Reads what a message says about itself outside of its payload. Headers that no event has are dropped.
 * @throws AppError `invalid_argument` EVENT_HEADERS_INVALID
 */
export function toRecord({ topic, key, headers, value }: InboundMessage): EventRecord {
  const { type, event_id: eventId, aggregate_version: version } = headers;
  if (type === undefined || !typeName.test(type)) throw headersInvalid("type", "the full name of an event");
  if (eventId === undefined || !isUuid(eventId)) throw headersInvalid("event_id", "a UUID");
  if (version === undefined || !isVersion(version)) throw headersInvalid("aggregate_version", `1 to ${MAX_VERSION}`);
  if (key === undefined || !isUuid(key)) throw headersInvalid("key", "a UUID");
  return { eventId, type, topic, key, version: Number(version), payload: value, headers: carriedHeaders(headers) };
}

const isVersion = (text: string): boolean => versionDigits.test(text) && Number(text) <= MAX_VERSION;

const carriedHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => carried.includes(name) && carriedValue.test(value)),
  );

const headersInvalid = (name: string, allowed: string): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "EVENT_HEADERS_INVALID",
    message: `The message's ${name} is missing or not ${allowed}.`,
  });
