import type { Logger } from "@gantry/telemetry";

/** Something whose failing check makes the service unfit to serve; every component of a service fits. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects when it is not well. */
  check?(): Promise<void>;
}

/** An answer is good for this long, however many ask, in milliseconds. */
const FRESH_MS = 1_000;
/** A check that takes longer has failed, in milliseconds. */
const CHECK_TIMEOUT_MS = 2_000;

/** Whether the service is fit to serve: all checks pass, and it is not shutting down. */
export class HealthMonitor {
  readonly #checks: readonly HealthCheck[];
  readonly #logger: Logger;
  readonly #draining = new AbortController();
  #answer: Promise<boolean> | undefined;
  #askedMs = 0;
  #last = true;

  constructor(checks: readonly HealthCheck[], logger: Logger) {
    this.#checks = checks;
    this.#logger = logger;
  }

  /** Aborted when the service begins to shut down. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  drain(): void {
    this.#draining.abort();
  }

  async isServing(): Promise<boolean> {
    if (this.draining.aborted) return false;
    if (this.#answer === undefined || performance.now() - this.#askedMs > FRESH_MS) {
      this.#askedMs = performance.now();
      this.#answer = this.#ask();
    }
    return (await this.#answer) && !this.draining.aborted;
  }

  async #ask(): Promise<boolean> {
    const failed = (await Promise.all(this.#checks.map(failureOf))).filter((failure) => failure !== undefined);
    const serving = failed.length === 0;
    if (serving !== this.#last) this.#logger.warn({ serving, failed }, "health changed");
    this.#last = serving;
    return serving;
  }
}

async function failureOf(component: HealthCheck): Promise<{ name: string; err: unknown } | undefined> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  try {
    await Promise.race([component.check?.(), late]);
    return undefined;
  } catch (err) {
    return { name: component.name, err };
  } finally {
    clearTimeout(timer);
  }
}
