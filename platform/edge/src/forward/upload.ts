import type { Writable } from "node:stream";
import type { Caller } from "../caller/caller.ts";
import type { UpstreamCall } from "../upstream/upstream.ts";

/** What of a body is kept until the answer begins, for a repeat, in bytes. */
const KEPT_BYTES = 64 * 1024;

export interface UploadRules {
  readonly maxBytes: number;
  onTooLarge(): void;
  onTraffic(): void;
}

/** Carries a client's body to a service, no faster than the service reads. */
export class Upload {
  readonly #caller: Caller;
  readonly #rules: UploadRules;
  #sink: Writable | undefined;
  #bytes = 0;
  #kept: Buffer[] | undefined = [];
  #isStarted = false;

  constructor(caller: Caller, rules: UploadRules) {
    this.#caller = caller;
    this.#rules = rules;
  }

  /** Whether everything sent so far can be sent once more. */
  get isRepeatable(): boolean {
    return this.#kept !== undefined;
  }

  /** Sends the body to this service, from its beginning. May be called again while `isRepeatable`. */
  to({ sink }: UpstreamCall): void {
    const { source, isBodyless } = this.#caller;
    this.#sink = sink;
    sink
      .on("error", ignore)
      .on("drain", () => source.resume())
      .on("close", () => source.resume()); // no drain will come
    if (isBodyless) {
      if (!sink.writableEnded) sink.end();
      source.resume();
    } else if (this.#isStarted) {
      for (const chunk of this.#kept ?? []) sink.write(chunk);
      this.#ended();
    } else this.#start();
  }

  /** There will be no repeat. */
  forget(): void {
    this.#kept = undefined;
  }

  #start(): void {
    this.#isStarted = true;
    const { source } = this.#caller;
    this.#caller.invite();
    source.on("data", (chunk: Buffer) => this.#chunk(chunk)).on("end", () => this.#ended());
    this.#ended(); // an empty body "ends" unread, while the session is checked
  }

  #chunk(chunk: Buffer): void {
    const { source } = this.#caller;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#rules.maxBytes) {
      source.pause();
      this.#rules.onTooLarge();
      return;
    }
    if (this.#bytes <= KEPT_BYTES) this.#kept?.push(chunk);
    else this.#kept = undefined;
    this.#rules.onTraffic();
    const sink = this.#sink;
    if (sink !== undefined && isOpen(sink) && !sink.write(chunk)) source.pause();
  }

  /** An "end" that is none must not end the service's side: half an upload would look whole. */
  #ended(): void {
    const sink = this.#sink;
    const { source } = this.#caller;
    if (source.readableEnded && this.#caller.isBodyWhole && sink !== undefined && isOpen(sink)) sink.end();
  }
}

const isOpen = (sink: Writable): boolean => !sink.destroyed && !sink.writableEnded;
const ignore = (): void => {};
