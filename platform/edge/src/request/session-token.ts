/** What the carriers of a request say together. */
export type SessionToken = { readonly token: string } | "none" | "contradictory";

const shape = /^[\w-]{16,128}$/;
const bearer = /^bearer +(.+)$/i;

/** The cookies that may carry a session. The prefix `__Host-` is what browsers enforce (RFC 6265bis, 4.1.3.2). */
const sessionCookies: ReadonlySet<string> = new Set(["__Host-session", "x-session-uuid", "session-uuid"]);

/** Header fields other than cookies that may carry a session. */
export const sessionFields: ReadonlySet<string> = new Set(["authorization", "x-session-uuid", "session-uuid"]);

/**
 * Gathers what one request says of its session. Several places may say the same; a second word, a malformed one, a
 * repeated authorization, or one other than Bearer, makes all of it worth nothing.
 */
export class SessionCarriers {
  #token: string | undefined;
  #isContradictory = false;
  #isAuthorized = false;

  /** @param name one of {@link sessionFields} */
  field(name: string, value: string): void {
    if (name === "authorization") this.#authorization(value);
    else this.#say(value);
  }

  /**
   * Takes the session's cookies out of a cookie header.
   * @returns the rest, or undefined when nothing is left
   */
  cookies(header: string): string | undefined {
    if (!header.includes("session")) return header;
    const rest = header.split(";").filter((pair) => !this.#cookie(pair));
    const left = rest.join(";").trim();
    return left === "" ? undefined : left;
  }

  get verdict(): SessionToken {
    if (this.#isContradictory) return "contradictory";
    return this.#token === undefined ? "none" : { token: this.#token };
  }

  #authorization(value: string): void {
    if (this.#isAuthorized) this.#isContradictory = true;
    this.#isAuthorized = true;
    this.#say(bearer.exec(value)?.[1] ?? "");
  }

  #cookie(pair: string): boolean {
    const mark = pair.indexOf("=");
    const name = (mark === -1 ? pair : pair.slice(0, mark)).trim();
    if (!sessionCookies.has(name)) return false;
    this.#say(mark === -1 ? "" : pair.slice(mark + 1).trim());
    return true;
  }

  #say(token: string): void {
    if (!shape.test(token) || (this.#token !== undefined && this.#token !== token)) this.#isContradictory = true;
    this.#token = token;
  }
}
