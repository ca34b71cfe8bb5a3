import { H2Session } from "./h2-session.ts";

/** Connections to one service at most. When all are full, requests wait on the emptiest. */
const MAX_SESSIONS = 16;

/** The connections to one service: as few as its limit of streams allows. */
export class H2Sessions {
  readonly #url: string;
  #open: H2Session[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** The one for the next request. Never one that is going away. */
  pick(): H2Session {
    let best: H2Session | undefined;
    for (const session of this.#open) {
      if (session.isOpen && (best === undefined || session.room > best.room)) best = session;
    }
    if (best !== undefined && (best.room > 0 || this.#open.length >= MAX_SESSIONS)) return best;
    const fresh = new H2Session(this.#url, this.forget);
    this.#open.push(fresh);
    return fresh;
  }

  /** Gives it no more requests; those that run on it go on. */
  readonly forget = (gone: H2Session): void => {
    this.#open = this.#open.filter((session) => session !== gone);
  };

  /** Each ends with its last request. */
  close(): void {
    for (const { session } of this.#open) session.close();
    this.#open = [];
  }
}
