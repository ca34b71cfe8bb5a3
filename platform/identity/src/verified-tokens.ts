import type { Principal } from "./principal.ts";

interface Entry {
  readonly principal: Principal;
  readonly expiresAtMs: number;
}

/**
 * Verified tokens, so that a signature is checked once and not per request. Bounded: the least recently used goes first.
 * Holds no token beyond its expiry.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(token: string, nowMs: number): Principal | undefined {
    const entry = this.#entries.get(token);
    if (entry === undefined) return undefined;
    this.#entries.delete(token);
    if (entry.expiresAtMs <= nowMs) return undefined;
    this.#entries.set(token, entry);
    return entry.principal;
  }

  put(principal: Principal, expiresAtMs: number): void {
    this.#entries.set(principal.token, { principal, expiresAtMs });
    if (this.#entries.size <= this.#capacity) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
