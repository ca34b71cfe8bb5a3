/** How a call of `sendMessage` goes wrong, by what the caller sees. */
export const telegramFaultKinds = [
  /** 429 with `retry_after`. */
  "too-many-requests",
  /** 500. */
  "server-error",
  /** 403: the person blocked the bot. */
  "forbidden",
  /** 400: the chat does not exist. */
  "bad-request",
  /** 401: the token is not (or no longer) one. */
  "unauthorized",
  /** The connection is closed; the message did not arrive. */
  "close-before",
  /** The message arrives; the connection is closed without an answer. */
  "close-after",
  /** The message arrives; the answer never comes. */
  "hang-after",
] as const;

export type TelegramFaultKind = (typeof telegramFaultKinds)[number];

/** A fault to come. */
export interface TelegramFault {
  readonly kind: TelegramFaultKind;
  /** Only for messages to this chat. Default: every chat. */
  readonly chatId?: string;
  /** How many calls it strikes. Default: all until the script is cleared. */
  readonly times?: number;
  /** Of `too-many-requests`. Default 1. */
  readonly retryAfterSec?: number;
}

/** The faults that are still to come. */
export interface FaultScript {
  add(fault: TelegramFault): void;
  clear(): void;
  /** The fault that strikes a message to this chat, the earliest added first, counted as used. */
  take(chatId: string): TelegramFault | undefined;
}

export function createFaultScript(): FaultScript {
  let waiting: { readonly fault: TelegramFault; left: number }[] = [];
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    clear: () => {
      waiting = [];
    },
    take(chatId) {
      const found = waiting.find(({ fault }) => fault.chatId === undefined || fault.chatId === chatId);
      if (found === undefined) return undefined;
      found.left -= 1;
      waiting = waiting.filter(({ left }) => left > 0);
      return found.fault;
    },
  };
}
