import type { Message } from "@bufbuild/protobuf";
import { AppError, type EventRecord } from "@gantry/kernel";
import type { EventCodec } from "../channels/event-codec.ts";
import type { EventRegistry } from "../channels/event-registry.ts";
import { type EventHandler, type EventHandlers, type HandlerContext, ignore } from "./handlers.ts";

/** Brings records to their handlers. */
export interface Route<DB> {
  /**
   * Reads an event before it touches the inbox, so that nothing unreadable gets there.
   * @throws AppError as `EventCodec.decode` does
   */
  read(record: EventRecord): void;
  /** Runs the handler of the record's type. */
  handle(record: EventRecord, context: HandlerContext<DB>): Promise<void>;
}

type AnyHandler<DB> = EventHandler<DB, Message>;

export function createRoute<R extends EventRegistry, DB>(
  codec: EventCodec<R>,
  handlers: EventHandlers<R, DB>,
): Route<DB> {
  const byType = new Map<string, AnyHandler<DB> | typeof ignore>(
    // A handler is called with the event of its own name alone, which its type has checked already.
    Object.values(handlers).flatMap((ofTopic) => Object.entries(ofTopic as Record<string, AnyHandler<DB>>)),
  );
  /** What was read on arrival need not be read again; what was held back in the database comes as another object. */
  const events = new WeakMap<EventRecord, Message>();
  return {
    read: (record) => void events.set(record, codec.decode(record)),
    async handle(record, context) {
      const handler = byType.get(record.type);
      if (handler === undefined) throw withoutHandler(record);
      if (handler !== ignore) await handler(events.get(record) ?? codec.decode(record), context);
    },
  };
}

const withoutHandler = ({ type, topic }: EventRecord): AppError =>
  new AppError({ kind: "internal", reason: "HANDLER_MISSING", message: `Nobody here handles ${type} of ${topic}.` });
