import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { Component } from "./component.ts";
import { within } from "./deadline.ts";

/** Where a service is in its life. */
export type Phase = "starting" | "ready" | "draining" | "stopped";

export interface LifecycleOptions {
  /** In the order of their start: what others need comes first. */
  readonly components: readonly Component[];
  readonly logger: Logger;
  /** How long one component may take to stop, in milliseconds. Default 10 000. */
  readonly stopTimeoutMs?: number | undefined;
}

/** Components that start in order and stop in reverse order, so that servers have drained before the database closes. */
export interface Lifecycle {
  readonly phase: Phase;
  /**
   * Starts each component after the one before. When one fails, what had started is stopped and the failure is thrown.
   * @throws AppError `cancelled` STOPPED when {@link stop} was called meanwhile
   */
  start(): Promise<void>;
  /** Stops everything that was started, whatever fails. Idempotent. Says whether all of it stopped in time. Never rejects. */
  stop(): Promise<boolean>;
}

/** @throws AppError `internal` COMPONENT_REPEATED when two components have one name */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  return new OrderedLifecycle(options);
}

class OrderedLifecycle implements Lifecycle {
  readonly #components: readonly Component[];
  readonly #logger: Logger;
  readonly #stopTimeoutMs: number;
  readonly #touched: Component[] = [];
  #phase: Phase = "starting";
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<boolean> | undefined;

  constructor({ components, logger, stopTimeoutMs = 10_000 }: LifecycleOptions) {
    refuseRepeats(components);
    this.#components = components;
    this.#logger = logger;
    this.#stopTimeoutMs = stopTimeoutMs;
  }

  get phase(): Phase {
    return this.#phase;
  }

  async start(): Promise<void> {
    try {
      for (const component of this.#components) await this.#startOne(component);
      this.#refuseWhenStopped();
      this.#phase = "ready";
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  stop(): Promise<boolean> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #startOne(component: Component): Promise<void> {
    this.#refuseWhenStopped();
    this.#touched.push(component);
    try {
      this.#starting = component.start?.() ?? Promise.resolve();
      await this.#starting;
    } catch (error) {
      this.#logger.error({ component: component.name }, "component did not start");
      throw error;
    }
    this.#logger.debug({ component: component.name, port: component.port }, "component started");
  }

  #refuseWhenStopped(): void {
    if (this.#stopping === undefined) return;
    throw new AppError({ kind: "cancelled", reason: "STOPPED", message: "The service was stopped while it started." });
  }

  async #stopAll(): Promise<boolean> {
    this.#phase = "draining";
    await this.#quietly("start", this.#starting);
    let clean = true;
    for (const component of this.#touched.toReversed()) clean = (await this.#stopOne(component)) && clean;
    this.#phase = "stopped";
    return clean;
  }

  /** Lets a component that is just starting get there, so that it can be stopped; its failure is told by `start`. */
  async #quietly(what: string, work: Promise<void>): Promise<void> {
    await within(this.#stopTimeoutMs, what, work).catch(() => undefined);
  }

  async #stopOne(component: Component): Promise<boolean> {
    const stopping = component.stop;
    if (stopping === undefined) return true;
    try {
      await within(this.#stopTimeoutMs, `stopping ${component.name}`, stopping.call(component));
      this.#logger.debug({ component: component.name }, "component stopped");
      return true;
    } catch (error) {
      this.#logger.error({ component: component.name, error }, "component did not stop cleanly");
      return false;
    }
  }
}

function refuseRepeats(components: readonly Component[]): void {
  const names = components.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  const message = `Two components are called ${repeated}.`;
  throw new AppError({ kind: "internal", reason: "COMPONENT_REPEATED", message });
}
