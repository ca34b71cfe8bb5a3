import { AppError } from "@gantry/kernel";
import type { Messenger, Outcome } from "./messenger.ts";

/** Where the bot is and how long to wait for it. */
export interface TelegramOptions {
  readonly url: string;
  /** Part of every address that is called: no address and no error of `fetch` may leave this file. */
  readonly token: string;
  readonly timeoutMs: number;
}

/** What a person wrote to the bot; of other updates only the id is of interest. */
export interface Update {
  readonly updateId: number;
  readonly message?: { readonly chatId: string; readonly firstName: string; readonly text: string };
}

/** The part of the Bot API that this service speaks, https://core.telegram.org/bots/api. */
export interface Telegram extends Messenger {
  /**
   * What people wrote, from this update on; waits up to `waitSec` for it. Asking confirms everything before.
   * @throws AppError `conflict` TELEGRAM_POLLED_TWICE, `unauthenticated` TELEGRAM_TOKEN_REFUSED, `unavailable`
   * TELEGRAM_UNREACHABLE
   */
  getUpdates(from: number, waitSec: number, signal: AbortSignal): Promise<readonly Update[]>;
}

interface Answer {
  readonly status: number;
  readonly body: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Until someone has changed the settings. */
const MISCONFIGURED_PAUSE_MS = 60_000;
const UNREACHABLE_PAUSE_MS = 1000;
/** Beyond the wait that was asked for. */
const POLL_MARGIN_MS = 5000;

export function createTelegram({ url, token, timeoutMs }: TelegramOptions): Telegram {
  async function call(method: string, parameters: object, signal: AbortSignal): Promise<Answer> {
    const response = await fetch(`${url.replace(/\/+$/, "")}/bot${token}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(parameters),
      redirect: "manual",
      signal,
    });
    return { status: response.status, body: fields(parse(await response.text())) };
  }

  return {
    async send(chatId, text) {
      const message = { chat_id: chatId, text, parse_mode: "HTML", link_preview_options: { is_disabled: true } };
      try {
        return outcomeOf(await call("sendMessage", message, AbortSignal.timeout(timeoutMs)));
      } catch (error) {
        return outcomeOfFailure(error);
      }
    },
    async getUpdates(from, waitSec, signal) {
      const question = { offset: from, timeout: waitSec, allowed_updates: ["message"] };
      const within = AbortSignal.any([signal, AbortSignal.timeout(waitSec * 1000 + POLL_MARGIN_MS)]);
      const { status, body } = await call("getUpdates", question, within).catch((error: unknown) => {
        throw unreachable(codeOf(error));
      });
      if (status !== 200 || !Array.isArray(body.result)) throw refusal(status);
      return body.result.flatMap(updateOf);
    },
  };
}

function outcomeOf({ status, body }: Answer): Outcome {
  const reason = `${status} ${String(body.description ?? "")}`.trim().slice(0, 200);
  if (status === 200)
    return body.ok === true ? sent(fields(body.result)) : { kind: "unknown", reason: "200 unreadable" };
  if (status === 429) return { kind: "not-sent", reason, pauseMs: retryAfterMs(fields(body.parameters)) };
  if (status >= 500) return { kind: "not-sent", reason, pauseMs: 0 };
  if (status === 403) return { kind: "refused", reason: `UNSUBSCRIBED: ${reason}` };
  // the token or the address is wrong, which is not the message's fault
  if (status === 401 || status === 404 || status < 400)
    return { kind: "not-sent", reason, pauseMs: MISCONFIGURED_PAUSE_MS };
  return { kind: "refused", reason: `REJECTED: ${reason}` };
}

const sent = ({ message_id }: Fields): Outcome =>
  typeof message_id === "number" ? { kind: "sent", messageId: message_id } : { kind: "sent" };

const retryAfterMs = ({ retry_after }: Fields): number => (typeof retry_after === "number" ? retry_after : 1) * 1000;

/** Failures of name resolution, connect and TLS: nothing of the request was written. */
const unsent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED\w*)$/;

function outcomeOfFailure(error: unknown): Outcome {
  const reason = codeOf(error);
  return unsent.test(reason)
    ? { kind: "not-sent", reason, pauseMs: UNREACHABLE_PAUSE_MS }
    : { kind: "unknown", reason };
}

/** The code of what `fetch` threw, which holds no address: ECONNREFUSED, TimeoutError. */
function codeOf(error: unknown): string {
  const { cause, name }: { readonly cause?: unknown; readonly name?: unknown } = Object(error);
  const { code }: { readonly code?: unknown } = Object(cause);
  return typeof code === "string" ? code : String(name);
}

const unreachable = (reason: string): AppError =>
  new AppError({ kind: "unavailable", reason: "TELEGRAM_UNREACHABLE", message: `Telegram did not answer: ${reason}.` });

function refusal(status: number): AppError {
  if (status === 409)
    return new AppError({
      kind: "conflict",
      reason: "TELEGRAM_POLLED_TWICE",
      message: "Another program reads what people write to this bot; only one can.",
    });
  if (status === 401 || status === 404)
    return new AppError({
      kind: "unauthenticated",
      reason: "TELEGRAM_TOKEN_REFUSED",
      message: `Telegram answers ${status}: check TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL.`,
    });
  return unreachable(`HTTP ${status}`);
}

function updateOf(update: unknown): Update[] {
  const { update_id, message } = fields(update);
  if (typeof update_id !== "number" || !Number.isSafeInteger(update_id)) return [];
  const { chat, from, text } = fields(message);
  const { id } = fields(chat);
  if (typeof id !== "number" || typeof text !== "string") return [{ updateId: update_id }];
  const firstName = String(fields(from).first_name ?? "").slice(0, 64);
  return [{ updateId: update_id, message: { chatId: String(id), firstName, text } }];
}

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
