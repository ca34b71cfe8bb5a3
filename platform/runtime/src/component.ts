/** A part of a running service: a server, a pool, a worker. */
export interface Component {
  /** For logs, the ready line and `/readyz`: lower-case kebab, unique within the service. */
  readonly name: string;
  /** Where it listens, once started; shown in the ready line. */
  readonly port?: number | undefined;
  /** Called once, after everything before it in the list has started. A rejection fails the start of the service. */
  start?(): Promise<void>;
  /**
   * Called once, also when `start` failed or did not finish, after everything behind it in the list has stopped. It must
   * finish what runs, take no more and release what it holds; past its deadline the shutdown goes on without it.
   */
  stop?(): Promise<void>;
  /** Whether it can work now; a rejection makes the service not ready. Called at most once a second; must be cheap. */
  check?(): Promise<void>;
}
