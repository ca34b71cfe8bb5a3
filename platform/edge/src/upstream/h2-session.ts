import { type ClientHttp2Session, connect } from "node:http2";

/** Bytes that a service may send on a stream before they are read. */
const STREAM_WINDOW_BYTES = 256 * 1024;
/** Megabytes that one session may hold. Node's 10 refuse streams under load. */
const SESSION_MEMORY_MB = 64;
/** How often a session is asked for a sign of life, and how long that may take, in milliseconds. */
const PING_INTERVAL_MS = 15_000;
const PING_TIMEOUT_MS = 5_000;
/** What a service bears until it says so itself: the least that RFC 9113, 6.5.2 recommends. */
const ASSUMED_STREAMS = 100;

/** One connection to a service. */
export class H2Session {
  readonly session: ClientHttp2Session;
  /** Requests that run on it. */
  streams = 0;
  #isKnown = false;

  /** @param onGone called once, when it takes no more requests */
  constructor(url: string, onGone: (session: H2Session) => void) {
    this.session = connect(url, {
      settings: { initialWindowSize: STREAM_WINDOW_BYTES, enablePush: false },
      maxSessionMemory: SESSION_MEMORY_MB,
    });
    const gone = (): void => onGone(this);
    const pings = setInterval(() => this.#ping(), PING_INTERVAL_MS).unref();
    this.session
      .on("error", gone) // "close" follows, but what is asked until then would fail too
      .on("goaway", gone)
      .on("close", () => {
        clearInterval(pings);
        gone();
      })
      .once("remoteSettings", () => {
        this.#isKnown = true;
      });
  }

  /** Whether a request may still be begun on it; "close" comes a little later than this. */
  get isOpen(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** How many more requests it takes at once. More would wait behind the running ones, however long those are. */
  get room(): number {
    const most = this.#isKnown ? this.session.remoteSettings.maxConcurrentStreams : undefined;
    return (most ?? ASSUMED_STREAMS) - this.streams;
  }

  /** Finds a peer that went silent, without FIN or RST. */
  #ping(): void {
    if (!this.isOpen) return;
    if (this.session.connecting) {
      this.session.destroy(new Error("no connection"));
      return;
    }
    const silent = setTimeout(() => this.session.destroy(new Error("no pong")), PING_TIMEOUT_MS).unref();
    this.session.ping(() => clearTimeout(silent));
  }
}
