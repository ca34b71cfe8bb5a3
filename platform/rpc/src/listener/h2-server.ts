import { constants, createServer, type ServerHttp2Session } from "node:http2";
import type { ListenerHandlers } from "./handlers.ts";
import type { ListenerLimits } from "./listener-limits.ts";
import type { SubServer } from "./sub-server.ts";

/** Bytes a peer may send on a stream before it is read: enough for one round trip of a fast local network. */
const STREAM_WINDOW_BYTES = 256 * 1024;
/** Megabytes that one session may hold. Node's 10 refuse streams under load. */
const SESSION_MEMORY_MB = 64;
/** "As many streams as are on the way": the first of the two GOAWAYs of RFC 9113, 6.8. */
const LAST_STREAM = 2 ** 31 - 1;
/** Between the two GOAWAYs: about a round trip, in milliseconds. */
const SECOND_GOAWAY_MS = 100;

/** The h2 half of a listener. */
export function createH2Server(limits: ListenerLimits, handlers: ListenerHandlers): SubServer {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: limits.headerMaxBytes,
    },
    maxSessionMemory: SESSION_MEMORY_MB,
    ...(limits.headerMaxFields === undefined ? {} : { maxHeaderListPairs: limits.headerMaxFields }),
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    session.setTimeout(limits.idleTimeoutMs, () => session.close()); // lets running streams finish
  });
  server.on("stream", (stream, headers, _flags, raw) => handlers.stream(stream, headers, raw));
  return {
    accept: (socket) => server.emit("connection", socket),
    drain: () => {
      for (const session of sessions) goAway(session);
    },
    close: () => {
      for (const session of sessions) session.destroy();
    },
  };
}

function goAway(session: ServerHttp2Session): void {
  if (session.destroyed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM);
  setTimeout(() => !session.destroyed && session.close(), SECOND_GOAWAY_MS).unref();
}
