import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { type Answer, createChats, failure, type TelegramAttempt, type TelegramDelivery } from "./chats.ts";
import { type TelegramFault, telegramFaultKinds } from "./faults.ts";
import { createUpdates } from "./updates.ts";

/** How the fake listens. */
export interface FakeTelegramOptions {
  /** The bot's token. Default: one of its own making. */
  readonly token?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/**
 * A Bot API server on the loopback address: `getMe`, `getUpdates` (long polling), `sendMessage`. It keeps what arrived, and
 * goes wrong as it is told. Other processes use the same over HTTP, without a token: `GET /control/deliveries`,
 * `GET /control/attempts`, `POST /control/faults` (a {@link TelegramFault}), `DELETE /control/faults`,
 * `POST /control/messages` (`{chatId, text, firstName?}`).
 */
export interface FakeTelegram extends AsyncDisposable {
  /** Base URL, for `TELEGRAM_API_URL`. */
  readonly url: string;
  readonly token: string;
  /** Every message that arrived, oldest first. One that was sent twice is here twice. */
  deliveries(): readonly TelegramDelivery[];
  /** Every call of `sendMessage`, oldest first, those that failed included. */
  attempts(): readonly TelegramAttempt[];
  /** Adds a fault. Faults strike in the order in which they were added. */
  fail(fault: TelegramFault): void;
  /** Forgets all faults to come. */
  heal(): void;
  /** A person writes to the bot. */
  write(chatId: string, text: string, firstName?: string): void;
  /** Closes all connections. Idempotent. */
  stop(): Promise<void>;
}

/** Starts the fake; resolves when it listens. */
export async function startFakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const token = options.token ?? `7000000000:AA${randomBytes(24).toString("base64url")}`;
  const chats = createChats();
  const updates = createUpdates();
  const stopping = new AbortController();

  async function answer(request: IncomingMessage, gone: AbortSignal): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://fake");
    const given = request.method === "POST" ? await json(request) : Object.fromEntries(url.searchParams);
    const parameters: Readonly<Record<string, unknown>> = Object(given);
    if (url.pathname.startsWith("/control/")) return control(`${request.method} ${url.pathname}`, parameters);
    const method = url.pathname.startsWith(`/bot${token}/`) ? url.pathname.slice(token.length + 5) : undefined;
    switch (method?.toLowerCase()) {
      case undefined:
        return failure(401, "Unauthorized");
      case "getme":
        return { status: 200, body: { ok: true, result: { id: 7, is_bot: true, first_name: "Gantry" } } };
      case "getupdates":
        return updates.get(parameters, AbortSignal.any([stopping.signal, gone]));
      case "sendmessage":
        return chats.sendMessage(parameters);
      default:
        return failure(404, "Not Found");
    }
  }

  function control(call: string, parameters: Readonly<Record<string, unknown>>): Answer {
    const done: Answer = { status: 200, body: {} };
    switch (call) {
      case "GET /control/deliveries":
        return { status: 200, body: chats.deliveries };
      case "GET /control/attempts":
        return { status: 200, body: chats.attempts };
      case "POST /control/faults":
        chats.faults.add(faultOf(parameters));
        return done;
      case "DELETE /control/faults":
        chats.faults.clear();
        return done;
      case "POST /control/messages":
        updates.write(String(parameters.chatId), String(parameters.text), String(parameters.firstName ?? "Ada"));
        return done;
      default:
        return { status: 404, body: {} };
    }
  }

  const server = createServer((request, response) => {
    void answer(request, closedSignal(response)).then(
      (given) => give(given, response),
      (error: unknown) =>
        give({ status: 400, body: { ok: false, error_code: 400, description: String(error) } }, response),
    );
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    deliveries: () => [...chats.deliveries],
    attempts: () => [...chats.attempts],
    fail: chats.faults.add,
    heal: chats.faults.clear,
    write: updates.write,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function give(answer: Answer, response: ServerResponse): void {
  if ("body" in answer) {
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  } else if (answer.connection === "close") {
    response.destroy();
  }
}

function closedSignal(response: ServerResponse): AbortSignal {
  const closed = new AbortController();
  response.once("close", () => closed.abort());
  return closed.signal;
}

/** @throws Error for a fault that there is none of: a script with a slip in it must not pass as no fault at all */
function faultOf({ kind, chatId, times, retryAfterSec }: Readonly<Record<string, unknown>>): TelegramFault {
  const known = telegramFaultKinds.find((each) => each === kind);
  if (known === undefined)
    throw new Error(`the fault ${JSON.stringify(kind)} is none of ${telegramFaultKinds.join(", ")}`);
  return {
    kind: known,
    ...(chatId === undefined ? {} : { chatId: String(chatId) }),
    ...(times === undefined ? {} : { times: Number(times) }),
    ...(retryAfterSec === undefined ? {} : { retryAfterSec: Number(retryAfterSec) }),
  };
}
