export type { Component } from "./component.ts";
export {
  componentsOf,
  createContainer,
  type Resolve,
  registerFactory,
  resolve,
  type Token,
  token,
} from "./container.ts";
export { createLifecycle, type Lifecycle, type LifecycleOptions, type Phase } from "./lifecycle.ts";
export { runService } from "./run-service.ts";
export type { OpsDocument, OpsDocuments, RuntimeConfig, Service, ServiceContext, StopDeadlines } from "./service.ts";
export { createWorker, type Round, type Worker, type WorkerOptions } from "./worker.ts";
