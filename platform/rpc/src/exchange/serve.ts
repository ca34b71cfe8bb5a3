import { type ConnectRouter, createContextValues } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { Logger } from "@gantry/telemetry";
import { type CallRecord, callRecordKey } from "../server/call-record.ts";
import { logExchange } from "./access-log.ts";
import { sendAnswer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import type { LiveExchanges } from "./live-exchanges.ts";
import type { UniversalHandler, UniversalResponse } from "./universal.ts";
import { withoutQuotes } from "./unread-request.ts";

/** Handlers read only path and query of a URL, and what a caller puts into `host` may not even parse. */
const BASE_URL = "http://rpc";
const notFound: UniversalResponse = { status: 404 };

/** Serves the methods of a router: finds the handler, runs it, writes its answer, and a line in the access log. */
export function createServe(
  handlers: ConnectRouter["handlers"],
  live: LiveExchanges,
  logger: Logger,
): (exchange: Exchange) => void {
  const byPath = new Map(handlers.map((handler): [string, UniversalHandler] => [handler.requestPath, handler]));
  return (exchange) => {
    const startedMs = performance.now();
    const record: CallRecord = {};
    const handler = byPath.get(pathOf(exchange.url));
    const unary = handler?.method.methodKind === "unary";
    live.add(exchange, unary);
    exchange.onClose(() => {
      live.delete(exchange);
      logExchange(logger, exchange, record, startedMs);
    });
    answerOf(exchange, handler, record)
      .then((answer) => sendAnswer(exchange, answer, unary))
      .catch((error: unknown) => {
        if (!exchange.signal.aborted) logger.error({ err: error, path: pathOf(exchange.url) }, "an answer broke off");
        exchange.cut();
      });
  };
}

async function answerOf(
  exchange: Exchange,
  handler: UniversalHandler | undefined,
  record: CallRecord,
): Promise<UniversalResponse> {
  if (handler === undefined) return notFound;
  const { httpVersion, method, url, header, body, signal } = exchange;
  const contextValues = createContextValues().set(callRecordKey, record);
  const given = await handler({ httpVersion, method, url: BASE_URL + url, header, body, signal, contextValues });
  // without a code it never got to the interceptors, so nobody has looked at its words yet
  const isUnread = handler.method.methodKind === "unary" && record.code === undefined;
  const answer = isUnread ? await withoutQuotes(given) : given;
  const refused = grpcCode(answer);
  if (refused !== undefined) record.code ??= refused;
  return answer;
}

/** A request that cannot be read never gets to the interceptors; gRPC tells its code in the trailers. */
function grpcCode({ trailer }: UniversalResponse): string | undefined {
  const status = trailer?.get("grpc-status") ?? "0";
  return status === "0" ? undefined : codeToString(Number(status));
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}
