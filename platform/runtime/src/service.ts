import type { ConfigDefinition } from "@gantry/config";
import type { Logger, LogLevel } from "@gantry/telemetry";
import type { Component } from "./component.ts";

/** What the runtime itself reads of a service's configuration; `serviceSettings` of `@gantry/config` declares it. */
export interface RuntimeConfig {
  readonly logLevel: LogLevel;
  readonly otlpEndpoint?: string | undefined;
  readonly host: string;
  readonly opsPort: number;
}

/** What a service is built from. */
export interface ServiceContext<Config> {
  readonly config: Config;
  readonly logger: Logger;
}

/** A whole service. */
export interface Service<Config extends RuntimeConfig> {
  /** Lower-case kebab; the `service` of logs, traces and problems. */
  readonly name: string;
  readonly config: ConfigDefinition<Config>;
  /**
   * Builds the parts, in the order in which they start. Import the module that does it here, inside the function: the
   * database driver must not be loaded before telemetry has started, or its queries get no spans.
   */
  compose(context: ServiceContext<Config>): Promise<readonly Component[]> | readonly Component[];
  /** Brings the database to the version that this code needs. Run before `compose` at each start; must be idempotent. */
  migrate?(context: ServiceContext<Config>): Promise<void>;
  /**
   * What the ops port shows besides `/livez` and `/readyz`. Read once, before the port opens; what it throws fails the start.
   */
  documents?(config: Config): OpsDocuments;
  /** Keys that the log never shows: the contracts' `sensitiveFields`. */
  readonly sensitiveFields?: ReadonlySet<string>;
  readonly deadlines?: StopDeadlines;
}

/** A fixed JSON document. Without `code` at its top, which would make it a problem. */
export interface OpsDocument {
  readonly body: Readonly<Record<string, unknown>>;
  /** How long whoever read it may keep it, in seconds. */
  readonly maxAgeSec: number;
}

/** Documents by their path. */
export type OpsDocuments = Readonly<Record<string, OpsDocument>>;

/** How long a shutdown may take, in milliseconds. */
export interface StopDeadlines {
  /** One component. Default 10 000. */
  readonly componentMs?: number;
  /** All of it; then the process ends with code 1. Default 30 000: below the 40 s that the deployments grant. */
  readonly totalMs?: number;
}
