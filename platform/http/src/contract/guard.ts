/** One thing that a guard found, as Ajv reports it. */
export interface GuardProblem {
  /** JSON pointer (RFC 6901) to the value in question. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
  /** Set when the value in question is a member's name. */
  readonly propertyName?: string;
}

/** A compiled validator. Synchronous; what it found last is in `errors` until it is called again. */
export interface Guard<T> {
  (value: unknown): value is T;
  readonly errors?: readonly GuardProblem[] | null;
}
