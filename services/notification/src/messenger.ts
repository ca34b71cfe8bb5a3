import type { Logger } from "@gantry/telemetry";
import { type Html, plain } from "./html.ts";

/** What became of a message that was given to a messenger. */
export type Outcome =
  | { readonly kind: "sent"; readonly messageId?: number }
  /** It will never arrive: sending it again is of no use. */
  | { readonly kind: "refused"; readonly reason: string }
  /** There is nobody to send it to. */
  | { readonly kind: "skipped"; readonly reason: string }
  /** It certainly did not arrive; `pauseMs`: how long no message at all is to be sent. */
  | { readonly kind: "not-sent"; readonly reason: string; readonly pauseMs: number }
  /** Nobody knows: it was given away, and no answer came. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Brings messages to people. */
export interface Messenger {
  /** Tries once. Never rejects. */
  send(chatId: string, text: Html): Promise<Outcome>;
}

/** In place of a bot: messages appear in the log, without the chat, which is nobody's business. */
export const createLogMessenger = (logger: Logger): Messenger => ({
  send: async (_chatId, text) => {
    logger.info({ text: plain(text) }, "message");
    return { kind: "sent" };
  },
});
