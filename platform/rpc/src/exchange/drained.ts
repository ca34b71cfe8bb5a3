import type { EventEmitter } from "node:events";

/** Resolves when the stream takes more, or when it is gone and nothing matters any more. */
export function drained(stream: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off("drain", settle).off("close", settle);
      resolve();
    };
    stream.on("drain", settle).on("close", settle);
  });
}
