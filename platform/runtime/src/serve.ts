import type { Telemetry } from "@gantry/telemetry";
import type { Component } from "./component.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";
import { watchEventLoop } from "./liveness.ts";
import { createOpsServer } from "./ops-server.ts";
import type { ProcessHost } from "./process-host.ts";
import { type Checks, createReadiness } from "./readiness.ts";
import type { OpsDocuments, RuntimeConfig, Service, ServiceContext } from "./service.ts";
import { shutdownSignals } from "./shutdown-signals.ts";

/** What a service runs in. */
export interface Surroundings<Config> {
  readonly context: ServiceContext<Config>;
  readonly telemetry: Telemetry;
  readonly host: ProcessHost;
}

/**
 * Runs a service until it is told to stop: ops port, migrations, components, the ready line. Ends the process: code 0 after
 * a clean stop, 1 after anything else.
 */
export async function serve<Config extends RuntimeConfig>(
  service: Service<Config>,
  surroundings: Surroundings<Config>,
): Promise<void> {
  const running = new Running(service, surroundings);
  const { host, context } = surroundings;
  host.onSignal(
    shutdownSignals(
      (signal) => void running.stop(signal, 0),
      (exitCode) => host.exit(exitCode),
    ),
  );
  try {
    await running.start();
  } catch (error) {
    if (!running.stopping) context.logger.fatal({ error }, "service could not start");
    await running.stop("failed start", 1);
  }
}

class Running<Config extends RuntimeConfig> {
  readonly #service: Service<Config>;
  readonly #context: ServiceContext<Config>;
  readonly #telemetry: Telemetry;
  readonly #host: ProcessHost;
  readonly #loop = watchEventLoop();
  readonly #ops: Component;
  #lifecycle: Lifecycle | undefined;
  #checks: () => Promise<Checks> = async () => ({});
  #documents: OpsDocuments = {};
  #stopping: Promise<void> | undefined;

  constructor(service: Service<Config>, { context, telemetry, host }: Surroundings<Config>) {
    this.#service = service;
    this.#context = context;
    this.#telemetry = telemetry;
    this.#host = host;
    this.#ops = createOpsServer({
      host: context.config.host,
      port: context.config.opsPort,
      phase: () => this.#lifecycle?.phase ?? "starting",
      checks: () => this.#checks(),
      alive: () => this.#loop.alive(),
      documents: () => this.#documents,
      logger: context.logger,
    });
  }

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  async start(): Promise<void> {
    const startedAtMs = performance.now();
    this.#documents = this.#service.documents?.(this.#context.config) ?? {};
    await this.#ops.start?.();
    await this.#service.migrate?.(this.#context);
    if (this.stopping) return;
    const components = await this.#service.compose(this.#context);
    const { logger } = this.#context;
    this.#checks = createReadiness(components, logger);
    this.#lifecycle = createLifecycle({ components, logger, stopTimeoutMs: this.#service.deadlines?.componentMs });
    if (this.stopping) return;
    await this.#lifecycle.start();
    const ports = Object.fromEntries([...components, this.#ops].flatMap(listening));
    logger.info({ ports, start_ms: Math.round(performance.now() - startedAtMs) }, "ready");
  }

  stop(why: string, exitCode: number): Promise<void> {
    this.#stopping ??= this.#stop(why, exitCode);
    return this.#stopping;
  }

  async #stop(why: string, exitCode: number): Promise<void> {
    const { logger } = this.#context;
    const totalMs = this.#service.deadlines?.totalMs ?? 30_000;
    const watchdog = setTimeout(() => {
      logger.fatal({ total_ms: totalMs }, "shutdown took too long");
      this.#host.exit(1);
    }, totalMs).unref();
    logger.info({ why }, "stopping");
    const clean = (await this.#lifecycle?.stop()) ?? true;
    await this.#ops.stop?.();
    this.#loop.stop();
    logger.info({ clean }, "stopped");
    await this.#telemetry.shutdown();
    clearTimeout(watchdog);
    this.#host.exit(clean ? exitCode : 1);
  }
}

const listening = ({ name, port }: Component): [string, number][] => (port === undefined ? [] : [[name, port]]);
