import { createFaultScript, type FaultScript, type TelegramFaultKind } from "./faults.ts";
import { shownText } from "./shown-text.ts";

/** A message that arrived in its chat. */
export interface TelegramDelivery {
  readonly messageId: number;
  readonly chatId: string;
  /** As it was sent. */
  readonly text: string;
  /** As the person sees it. */
  readonly shown: string;
  /** ISO 8601. */
  readonly at: string;
}

/** One call of `sendMessage`, whatever became of it. */
export interface TelegramAttempt {
  readonly chatId: string;
  readonly text: string;
  /** ISO 8601. */
  readonly at: string;
  /** The HTTP status, or what happened to the connection. */
  readonly outcome: number | Extract<TelegramFaultKind, `close-${string}` | `hang-${string}`>;
}

/** What the server does with one call. */
export type Answer =
  | { readonly status: number; readonly body: object }
  | { readonly connection: "close" }
  | { readonly connection: "hang" };

/** What was sent to people. */
export interface Chats {
  readonly deliveries: readonly TelegramDelivery[];
  readonly attempts: readonly TelegramAttempt[];
  readonly faults: FaultScript;
  sendMessage(parameters: Readonly<Record<string, unknown>>): Answer;
}

const MAX_TEXT = 4096;

export function createChats(): Chats {
  const deliveries: TelegramDelivery[] = [];
  const attempts: TelegramAttempt[] = [];
  const faults = createFaultScript();

  function deliver(chatId: string, text: string, shown: string): Answer {
    const messageId = deliveries.length + 1;
    const at = new Date();
    deliveries.push({ messageId, chatId, text, shown, at: at.toISOString() });
    const result = { message_id: messageId, date: Math.floor(at.getTime() / 1000), chat: { id: chatId }, text: shown };
    return { status: 200, body: { ok: true, result } };
  }

  /** What becomes of a message that Telegram would take. */
  function strike(chatId: string, text: string, shown: string): Struck {
    const fault = faults.take(chatId);
    if (fault === undefined) return { outcome: 200, answer: deliver(chatId, text, shown) };
    switch (fault.kind) {
      case "close-before":
        return { outcome: fault.kind, answer: { connection: "close" } };
      case "close-after":
      case "hang-after":
        deliver(chatId, text, shown);
        return { outcome: fault.kind, answer: { connection: fault.kind === "close-after" ? "close" : "hang" } };
      default: {
        const { status, description } = refusals[fault.kind];
        return { outcome: status, answer: failure(status, description, fault.retryAfterSec) };
      }
    }
  }

  return {
    deliveries,
    attempts,
    faults,
    sendMessage(parameters) {
      const [chatId, text] = [String(parameters.chat_id ?? ""), String(parameters.text ?? "")];
      const shown = parameters.parse_mode === "HTML" ? shownText(text) : text;
      const refusal = refusalOf(chatId, shown);
      const { outcome, answer } =
        refusal === undefined
          ? strike(chatId, text, shown ?? "")
          : { outcome: 400, answer: failure(400, `Bad Request: ${refusal}`) };
      attempts.push({ chatId, text, at: new Date().toISOString(), outcome });
      return answer;
    },
  };
}

interface Struck {
  readonly outcome: TelegramAttempt["outcome"];
  readonly answer: Answer;
}

function refusalOf(chatId: string, shown: string | undefined): string | undefined {
  if (!/^-?\d+$|^@\w+$/.test(chatId)) return "chat not found";
  if (shown === undefined) return "can't parse entities";
  if (shown.trim() === "") return "message text is empty";
  if (shown.length > MAX_TEXT) return "message is too long";
  return undefined;
}

const refusals = {
  "too-many-requests": { status: 429, description: "Too Many Requests: retry later" },
  "server-error": { status: 500, description: "Internal Server Error" },
  forbidden: { status: 403, description: "Forbidden: bot was blocked by the user" },
  "bad-request": { status: 400, description: "Bad Request: chat not found" },
  unauthorized: { status: 401, description: "Unauthorized" },
} as const;

/** An error as the Bot API words it. */
export function failure(status: number, description: string, retryAfterSec = 1): Answer {
  const parameters = status === 429 ? { parameters: { retry_after: retryAfterSec } } : {};
  return { status, body: { ok: false, error_code: status, description, ...parameters } };
}
