import type { Logger } from "@gantry/telemetry";
import { commit, idOf, type Place, type Progress } from "./group-store.ts";
import type { LogDatabase } from "./log-database.ts";

const RETRY_MS = 200;

/** What a committer needs. */
export interface OffsetCommitterOptions {
  readonly database: LogDatabase;
  readonly group: string;
  readonly logger: Logger;
  /** The partition belongs to another member. */
  onFenced(place: Place): void;
}

/** Writes a member's progress down, all partitions in one statement, one statement at a time. */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  readonly #pending = new Map<string, Progress>();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** Takes part in the next statement. */
  commit(progress: Progress): void {
    this.#pending.set(idOf(progress), progress);
    this.#running ??= this.#run();
  }

  /** Waits until all is written down or refused; as long as the database is away. */
  async flush(): Promise<void> {
    await this.#running;
  }

  /** Gives up what could not be written down. */
  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    while (this.#pending.size > 0 && !this.#closed) {
      const progress = [...this.#pending.values()];
      this.#pending.clear();
      try {
        await this.#write(progress);
      } catch (error) {
        this.#options.logger.debug({ err: error }, "progress could not be written down; trying again");
        for (const each of progress) if (!this.#pending.has(idOf(each))) this.#pending.set(idOf(each), each);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#running = undefined;
  }

  async #write(progress: readonly Progress[]): Promise<void> {
    const { database, group, onFenced } = this.#options;
    const { db } = await database.ready();
    const taken = new Set((await commit(db, group, progress)).map(idOf));
    for (const each of progress) if (!taken.has(idOf(each))) onFenced(each);
  }
}
