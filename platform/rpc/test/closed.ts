import type { EventEmitter } from "node:events";

/** Resolves when a stream is closed, with or without an error; `events.once` would reject with the error. */
export const closed = (stream: EventEmitter): Promise<void> => new Promise((resolve) => stream.once("close", resolve));
