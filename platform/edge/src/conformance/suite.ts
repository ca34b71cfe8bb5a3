import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Lab, openLab } from "./lab.ts";
import type { Outcome, ResultsFile } from "./report/results.ts";
import type { GatewaySetup, GatewayTarget } from "./target.ts";

/** Registers a case: its id (stable, the reports and the lists of differences name it), a sentence, what to do. */
export type Check = (id: string, sentence: string, body: () => Promise<void>) => void;

/** Longer than any case takes on a busy machine, in milliseconds. What a case promises, it bounds itself. */
const CASE_MS = 120_000;

export interface GroupOptions {
  /** Keeps the door shut: no gateway may differ. */
  readonly lock?: boolean;
  readonly setup?: Partial<GatewaySetup>;
}

/** The suite for one gateway. */
export class Suite {
  readonly target: GatewayTarget;
  readonly #results: ResultsFile | undefined;
  readonly #unseen: Set<string>;
  readonly #ids = new Set<string>();

  constructor(target: GatewayTarget, results: ResultsFile | undefined) {
    this.target = target;
    this.#results = results;
    this.#unseen = new Set(Object.keys(target.differences ?? {}));
  }

  /** Cases that share one gateway. After each, whatever reached a service must have been allowed to. */
  group(name: string, options: GroupOptions, register: (lab: () => Lab, check: Check) => void): void {
    describe(name, () => {
      let lab: Lab | undefined;
      const opened = (): Lab => {
        if (lab === undefined) throw new Error("the gateway did not start");
        return lab;
      };
      beforeAll(async () => {
        lab = await openLab(this.target, options.setup);
      });
      afterAll(() => lab?.[Symbol.asyncDispose]());
      afterEach(async () => expect(await opened().wrongs()).toEqual([]));
      register(opened, this.check(options.lock === true));
    });
  }

  /** How cases are registered that start gateways of their own. */
  check(lock: boolean): Check {
    return (id, sentence, body) => {
      if (this.#ids.has(id)) throw new Error(`two cases are called ${id}`);
      this.#ids.add(id);
      this.#unseen.delete(id);
      const why = this.target.differences?.[id];
      if (why !== undefined && lock) throw new Error(`no gateway may differ in ${id}: it keeps the door shut`);
      test(`${id}: ${sentence}`, { timeout: CASE_MS }, () =>
        this.#run({ gateway: this.target.name, id, sentence, why }, body),
      );
    };
  }

  /** To be called last. */
  close(): void {
    test("each difference that is allowed is one of a case", () => expect([...this.#unseen]).toEqual([]));
  }

  async #run({ why, ...about }: Omit<Outcome, "outcome">, body: () => Promise<void>): Promise<void> {
    const error = await body().then(
      () => undefined,
      (thrown: unknown) => thrown ?? new Error("thrown without a value"),
    );
    const differs = why !== undefined;
    const outcome = error === undefined ? "as all" : differs ? "differs" : "FAILED";
    this.#results?.write({ ...about, outcome, ...(differs ? { why } : {}) });
    if (differs && error === undefined) throw new Error(`it does what all do: take ${about.id} off its differences`);
    if (!differs && error !== undefined) throw error;
  }
}
