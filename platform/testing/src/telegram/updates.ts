import { setTimeout as delay } from "node:timers/promises";
import { type Answer, failure } from "./chats.ts";

/** What people write to the bot, until the bot says that it has read it. */
export interface Updates {
  /** A person writes to the bot in their own chat. */
  write(chatId: string, text: string, firstName?: string): void;
  /** `getUpdates`: resolves when there is something or the time is over. A later call ends an earlier one with 409. */
  get(parameters: Readonly<Record<string, unknown>>, closed: AbortSignal): Promise<Answer>;
}

interface Update {
  readonly update_id: number;
  readonly message: object;
}

const conflict = failure(
  409,
  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
);
const MAX_UPDATES = 100;

export function createUpdates(): Updates {
  let waiting: readonly Update[] = [];
  let lastId = 0;
  let wake = new AbortController();
  let terminate = new AbortController();

  return {
    write(chatId, text, firstName = "Ada") {
      lastId += 1;
      const id = Number(chatId);
      const message = {
        message_id: lastId,
        date: Math.floor(Date.now() / 1000),
        chat: { id, type: "private", first_name: firstName },
        from: { id, is_bot: false, first_name: firstName },
        text,
      };
      waiting = [...waiting, { update_id: lastId, message }];
      wake.abort();
      wake = new AbortController();
    },
    async get({ offset, timeout }, closed) {
      terminate.abort();
      terminate = new AbortController();
      const mine = terminate.signal;
      const from = Number(offset ?? 0);
      waiting = waiting.filter(({ update_id }) => update_id >= from);
      const waitMs = Math.min(Number(timeout ?? 0), 50) * 1000;
      if (waiting.length === 0 && waitMs > 0) await until(waitMs, [wake.signal, mine, closed]);
      if (mine.aborted) return conflict;
      return { status: 200, body: { ok: true, result: waiting.slice(0, MAX_UPDATES) } };
    },
  };
}

const until = (ms: number, signals: AbortSignal[]): Promise<unknown> =>
  delay(ms, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
