import { type LocalAnswer, type Refusal, refusal } from "./refusal/refusal.ts";

/** How long an answer about IAM is believed, in milliseconds: probes must not become a load. */
const BELIEVED_MS = 1_000;

/** Of the shape of a session token, and nobody's. */
const NOBODYS_TOKEN = "readiness-probe-of-the-gateway";

/** What a readiness probe needs. */
export interface ReadinessParts {
  readonly isDraining: () => boolean;
  /** Rejects when sessions cannot be checked. */
  readonly ask: (token: string) => Promise<unknown>;
}

/** `/healthz` and `/readyz`, which the gateway answers itself. */
export class OwnEndpoints {
  readonly #parts: ReadinessParts;
  #answer: Promise<boolean> | undefined;
  #askedMs = 0;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Ready: not draining, and IAM answers questions about sessions. */
  async isReady(): Promise<boolean> {
    if (this.#parts.isDraining()) return false;
    const nowMs = performance.now();
    if (this.#answer === undefined || nowMs - this.#askedMs > BELIEVED_MS) {
      this.#askedMs = nowMs;
      this.#answer = this.#parts.ask(NOBODYS_TOKEN).then(
        () => true,
        () => false,
      );
    }
    return this.#answer;
  }

  /** The answer to a path of its own; undefined for any other. */
  answer(path: string, method: string): Promise<LocalAnswer> | Refusal | undefined {
    if (path !== "/healthz" && path !== "/readyz") return undefined;
    return method === "GET" || method === "HEAD" ? this.#tell(path) : notAllowed;
  }

  async #tell(path: "/healthz" | "/readyz"): Promise<LocalAnswer> {
    if (path === "/healthz" || (await this.isReady())) return status(200, "ok");
    return status(503, this.#parts.isDraining() ? "draining" : "iam not reachable");
  }
}

const notAllowed = refusal("METHOD_NOT_ALLOWED", "allow", "GET, HEAD");

const status = (code: number, text: string): LocalAnswer => ({
  status: code,
  fields: ["content-type", "application/json", "cache-control", "no-store"],
  body: Buffer.from(JSON.stringify({ status: text })),
});
