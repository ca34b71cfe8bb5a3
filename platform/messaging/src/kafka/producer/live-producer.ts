import { setTimeout as delay } from "node:timers/promises";
import type { SendOutcome } from "@gantry/kernel";
import type { OutboundMessage } from "../../port/broker.ts";
import { refuseTooLarge } from "../../port/refusals.ts";
import { ask, isRdError, translateKafkaError } from "../client/errors.ts";
import { codes, type RdError, type RdProducer } from "../client/rd-kafka.ts";
import { MESSAGE_TIMEOUT_MS } from "../settings.ts";
import { Outcomes, unacknowledged } from "./outcomes.ts";

/** Later than librdkafka's own deadline: counts only when its report does not come. */
const REPORT_WITHIN_MS = MESSAGE_TIMEOUT_MS + 1_000;
const DESTROY_WITHIN_MS = 5_000;

/** What a delivery report brings back to us. */
class Ticket {
  readonly outcomes: Outcomes;
  readonly index: number;
  constructor(outcomes: Outcomes, index: number) {
    this.outcomes = outcomes;
    this.index = index;
  }
}

/** One connected producer of librdkafka, until it is not to be trusted any more. */
export class LiveProducer {
  readonly #handle: RdProducer;
  readonly #onSpoilt: (error: RdError) => void;
  readonly #open = new Set<Outcomes>();
  #spoilt = false;

  /** @param onSpoilt called once, when nothing more may be sent with it */
  constructor(handle: RdProducer, onSpoilt: (error: RdError) => void) {
    this.#handle = handle;
    this.#onSpoilt = onSpoilt;
    handle.setPollInBackground(true);
    handle.on("delivery-report", (error, { opaque }) => this.#report(error, opaque));
  }

  /** Queues all of them at once, then waits for the reports. */
  async send(messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    const outcomes = new Outcomes(messages.length);
    this.#open.add(outcomes);
    const late = setTimeout(() => this.#late(outcomes), REPORT_WITHIN_MS);
    try {
      for (const [index, message] of messages.entries()) {
        if (!this.#queue(message, outcomes, index)) break;
      }
      return await outcomes.all;
    } finally {
      clearTimeout(late);
      this.#open.delete(outcomes);
    }
  }

  /** Flushes for so long, then gives the rest up. Does not reject. */
  async disconnect(flushMs: number): Promise<void> {
    this.#spoilt = true;
    const gone = ask((done) => this.#handle.disconnect(flushMs, done)).catch(() => undefined);
    await Promise.race([gone, delay(flushMs + DESTROY_WITHIN_MS, undefined, { ref: false })]);
    this.#giveUp(unacknowledged());
  }

  /** What follows one that could not be queued is not tried, so that it cannot come before it. */
  #queue(message: OutboundMessage, outcomes: Outcomes, index: number): boolean {
    const refused = refuseTooLarge(message);
    if (refused !== undefined) {
      outcomes.set(index, refused);
      return true;
    }
    const { topic, key, headers, value } = message;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const pairs = Object.entries(headers).map(([name, text]) => ({ [name]: whole(text) }));
    try {
      this.#handle.produce(topic, -1, bytes, whole(key), 0, new Ticket(outcomes, index), pairs);
      return true;
    } catch (error) {
      outcomes.setRest(failed(error));
      if (isRdError(error) && ambiguous.has(error.code)) this.#spoil(error);
      return false;
    }
  }

  #report(error: RdError | null, opaque: unknown): void {
    if (!(opaque instanceof Ticket)) return;
    opaque.outcomes.set(opaque.index, error ? failed(error) : { acked: true });
    if (error && ambiguous.has(error.code)) this.#spoil(error);
  }

  #late(outcomes: Outcomes): void {
    outcomes.setRest(unacknowledged());
    this.#spoil({ code: codes.timedOut, message: "no delivery report came" });
  }

  /** Everything that is under way goes with it: its fate is unknown, and its sender sends it again. */
  #spoil(error: RdError): void {
    if (this.#spoilt) return;
    this.#spoilt = true;
    this.#giveUp(failed(error));
    this.#onSpoilt(error);
  }

  #giveUp(outcome: SendOutcome): void {
    for (const outcomes of this.#open) outcomes.setRest(outcome);
  }
}

/** The client takes a text as C does, up to the first NUL. */
const whole = (text: string): string | Buffer => (text.includes("\0") ? Buffer.from(text) : text);

/** After these a message may be stored or not, and librdkafka no longer knows the order of the next one to it. */
const ambiguous: ReadonlySet<number> = new Set([codes.fatal, codes.messageTimedOut, codes.timedOut]);

function failed(error: unknown): SendOutcome {
  if (!isRdError(error)) return unacknowledged(error);
  if (ambiguous.has(error.code)) return unacknowledged(error);
  return { acked: false, error: translateKafkaError(error) };
}
