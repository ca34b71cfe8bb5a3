/** Runs one step of an iteration. */
type Around = <R>(step: () => Promise<R>) => Promise<R>;

const ignore = (): void => {};

/**
 * An iterable whose every step runs inside `around`. Async generators resume in the context of whoever asks for the next
 * item, so a context or a deadline has to be laid around each step.
 * @param finish called once: when the iteration is over, left early or has failed
 */
export function eachStep<T>(
  items: AsyncIterable<T>,
  around: Around,
  finish: (error?: unknown) => void = ignore,
): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Steps(items[Symbol.asyncIterator](), around, finish) };
}

class Steps<T> implements AsyncIterator<T> {
  readonly #items: AsyncIterator<T>;
  readonly #around: Around;
  readonly #finish: (error?: unknown) => void;
  #finished = false;

  constructor(items: AsyncIterator<T>, around: Around, finish: (error?: unknown) => void) {
    this.#items = items;
    this.#around = around;
    this.#finish = finish;
  }

  next(): Promise<IteratorResult<T>> {
    return this.#step(() => this.#items.next());
  }

  return(): Promise<IteratorResult<T>> {
    return this.#step(async () => (await this.#items.return?.()) ?? { done: true, value: undefined });
  }

  throw(reason: unknown): Promise<IteratorResult<T>> {
    return this.#step(async () => {
      if (this.#items.throw === undefined) throw reason;
      return this.#items.throw(reason);
    });
  }

  async #step(step: () => Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    try {
      const result = await this.#around(step);
      if (result.done === true) this.#over();
      return result;
    } catch (error) {
      this.#over(error);
      throw error;
    }
  }

  #over(error?: unknown): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#finish(error);
  }
}
