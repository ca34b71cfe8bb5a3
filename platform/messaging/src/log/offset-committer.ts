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
  /** What comes into the next statement. */
  readonly #pending = new Map<string, Progress>();
  /** What is in the statement under way. */
  #writing: readonly Progress[] = [];
  #statement: Promise<void> = Promise.resolve();
  #running = false;
  #closed = false;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** Takes part in the next statement. */
  commit(progress: Progress): void {
    this.#pending.set(idOf(progress), progress);
    if (!this.#running) void this.#run();
  }

  /** Waits until all of this partition is written down or refused: as long as the database is away, or until `close`. */
  async flush(place: Place): Promise<void> {
    while (this.#running && this.#holds(idOf(place))) await this.#statement;
  }

  /** Gives up what could not be written down. */
  close(): void {
    this.#closed = true;
  }

  #holds(id: string): boolean {
    return this.#pending.has(id) || this.#writing.some((progress) => idOf(progress) === id);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#pending.size > 0 && !this.#closed) {
      this.#writing = [...this.#pending.values()];
      this.#pending.clear();
      this.#statement = this.#write(this.#writing);
      await this.#statement;
      this.#writing = [];
    }
    this.#running = false;
  }

  async #write(progress: readonly Progress[]): Promise<void> {
    const { database, group, logger, onFenced } = this.#options;
    try {
      const { db } = await database.ready();
      const taken = new Set((await commit(db, group, progress)).map(idOf));
      for (const each of progress) if (!taken.has(idOf(each))) onFenced(each);
    } catch (error) {
      logger.debug({ err: error }, "progress could not be written down; trying again");
      for (const each of progress) if (!this.#pending.has(idOf(each))) this.#pending.set(idOf(each), each);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
