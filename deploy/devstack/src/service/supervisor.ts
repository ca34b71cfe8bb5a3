import { setTimeout as delay } from "node:timers/promises";
import type { Environment } from "../environment.ts";
import { createBackOff } from "./back-off.ts";
import { untilReady } from "./readiness.ts";
import { type Program, type Run, type RunEnd, startRun } from "./run.ts";

/** One service to keep running. */
export interface SupervisorOptions {
  readonly name: string;
  readonly program: Program;
  /** The working directory of the process. */
  readonly directory: string;
  /** Answers 200 when it is ready. */
  readonly readyUrl: string;
  readonly env: Environment;
  /** Receives each line the service writes. */
  readonly onLine: (line: string) => void;
  /** Receives what the supervisor itself has to say: ends, restarts. */
  readonly onEvent: (text: string) => void;
}

/** Keeps one service running, as a process of its own, until it is told to stop. */
export interface Supervisor {
  /** The latest process; undefined when none could be started. */
  pid(): number | undefined;
  /** What the next process will be started with. */
  env(): Environment;
  /** Resolves when the service is ready; rejects when that cannot happen any more, or not within a minute. */
  ready(): Promise<void>;
  /** Stops it in order and starts it again, with more variables if given. Resolves when it is ready. */
  restart(more?: Environment): Promise<void>;
  /** Signals it as if from outside. Resolves when that process has ended; another one follows by itself. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** SIGTERM, then SIGKILL after ten seconds. Resolves when it has ended; idempotent. */
  stop(): Promise<void>;
  /** SIGKILL to the process and its children, now and for good. */
  destroy(): void;
}

const STOP_WITHIN_MS = 10_000;
const READY_WITHIN_MS = 60_000;
const MAX_WAIT_MS = 10_000;
/** sysexits.h: wrong usage, wrong configuration. Starting again without a change cannot help. */
const refusals = new Set<number | undefined>([64, 78]);

export function supervise(options: SupervisorOptions): Supervisor {
  const { name, readyUrl, onEvent } = options;
  const backOff = createBackOff({ firstMs: 100, maxMs: MAX_WAIT_MS, quietMs: 10_000 });
  let env = options.env;
  let hopeless = new AbortController();
  let run = begin();

  function begin(): Run {
    hopeless = new AbortController();
    const begun = startRun({ ...options, env });
    void begun.ended.then((end) => onEnd(begun, end));
    return begun;
  }

  async function onEnd(ended: Run, { code, how }: RunEnd): Promise<void> {
    if (ended.expected) return;
    const refused = refusals.has(code);
    if (refused) hopeless.abort(new Error(`${name} refused to start (${how}); its reason is in its log`));
    const waitMs = refused ? MAX_WAIT_MS : backOff.next(Date.now() - ended.startedAt);
    onEvent(`${name} ended unasked (${how}); starting it again in ${waitMs / 1_000} s`);
    await delay(waitMs, undefined, { ref: false });
    if (ended.expected) return;
    run = begin();
    await ready().then(() => onEvent(`${name} is ready again`), ignore);
  }

  function ready(): Promise<void> {
    const tooLate = AbortSignal.timeout(READY_WITHIN_MS);
    return untilReady(readyUrl, AbortSignal.any([tooLate, hopeless.signal])).catch((error: unknown) => {
      throw tooLate.aborted ? new Error(`${name} is not ready after ${READY_WITHIN_MS / 1_000} s`) : error;
    });
  }

  async function end(): Promise<void> {
    run.expected = true;
    hopeless.abort(new Error(`${name} was stopped`));
    run.signal("SIGTERM");
    const timer = setTimeout(run.destroy, STOP_WITHIN_MS);
    await run.ended;
    clearTimeout(timer);
  }

  return {
    pid: () => run.pid,
    env: () => env,
    ready,
    async restart(more = {}) {
      await end();
      env = { ...env, ...more };
      run = begin();
      await ready();
    },
    async kill(signal) {
      run.signal(signal);
      await run.ended;
    },
    stop: end,
    destroy() {
      run.expected = true;
      run.destroy();
    },
  };
}

const ignore = () => {};
