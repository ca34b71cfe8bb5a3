/** Remembers values until they are stale, a bounded number of them: the oldest goes first. */
export class BoundedCache<V> {
  readonly #capacity: number;
  readonly #entries = new Map<string, { readonly value: V; readonly staleAtMs: number }>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string, now: Date): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (now.getTime() < entry.staleAtMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** The entry counts as new, also when the key was there. */
  set(key: string, value: V, staleAtMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, staleAtMs });
    if (this.#entries.size <= this.#capacity) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
