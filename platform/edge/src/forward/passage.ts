import type { Route } from "@gantry/kernel";
import { maxBodyBytesOf } from "../admission/admission.ts";
import { tellsInTrailers } from "../refusal/protocol.ts";
import type { ReasonName } from "../refusal/reasons.ts";
import { refusal, refusalTrailers } from "../refusal/refusal.ts";
import { clientTimeoutMs } from "../request/client-timeout.ts";
import { answerFields, fieldOf } from "../request/response-fields.ts";
import type {
  Upstream,
  UpstreamAnswer,
  UpstreamCall,
  UpstreamListener,
  UpstreamRequest,
} from "../upstream/upstream.ts";
import { Clockwork } from "./clockwork.ts";
import { Upload } from "./upload.ts";
import type { Stage, Visit } from "./visit.ts";

/**
 * What a client's deadline gets on top: the service knows it too, and its own answer is the better one. In milliseconds.
 */
const GRACE_MS = 250;
/** After one that surely was not begun: with GOAWAY after GOAWAY, the third place is a healthy one or none is. */
const MAX_TRIES = 3;

export interface PassageRules {
  readonly maxBodyBytes: number;
  readonly streamIdleMs: number;
}

/** One admitted request on its way to a service and back. */
export class Passage implements UpstreamListener, Stage {
  readonly #visit: Visit;
  readonly #upstream: Upstream;
  readonly #request: UpstreamRequest;
  readonly #upload: Upload;
  readonly #clock: Clockwork;
  readonly #hasNoEffects: boolean;
  #call: UpstreamCall | undefined;
  #tries = 0;
  #isHeaded = false;
  #isEvents = false;
  #isDone = false;

  constructor(visit: Visit, route: Route, upstream: Upstream, request: UpstreamRequest, rules: PassageRules) {
    this.#visit = visit;
    this.#upstream = upstream;
    this.#request = request;
    this.#hasNoEffects = route.idempotency === "NO_SIDE_EFFECTS";
    const isStream = route.streaming !== "unary";
    const clientMs = clientTimeoutMs(visit.head.known);
    const totalMs = isStream ? clientMs : Math.min(route.deadlineMs, clientMs);
    this.#clock = new Clockwork({
      totalMs: totalMs + GRACE_MS,
      idleMs: rules.streamIdleMs,
      isStream,
      onLate: () => this.#give("UPSTREAM_TIMEOUT"),
    });
    this.#upload = new Upload(visit.caller, {
      maxBytes: maxBodyBytesOf(route, rules),
      onTooLarge: () => this.#give("BODY_TOO_LARGE"),
      onTraffic: () => this.#clock.touch(),
    });
    visit.stage = this;
  }

  get isEvents(): boolean {
    return this.#isEvents;
  }

  start(): void {
    this.#tries++;
    try {
      this.#call = this.#upstream.open(this.#request, this);
      this.#upload.to(this.#call);
    } catch {
      this.#give("INTERNAL"); // a header that this version of HTTP does not allow
    }
  }

  head(answer: UpstreamAnswer): void {
    if (this.#isDone) return;
    this.#isHeaded = true;
    this.#upload.forget();
    const visit = this.#visit;
    const { status } = answer;
    const fields = [...answerFields(answer.rawHeaders), ...visit.answerFields];
    this.#isEvents = fieldOf(fields, "content-type")?.startsWith("text/event-stream") === true;
    if (this.#isEvents) this.#clock.becomeStream();
    const isEmpty = answer.isEmpty || visit.caller.method === "HEAD" || status === 204 || status === 304;
    visit.status = status;
    try {
      visit.caller.begin(status, fields, isEmpty);
    } catch {
      this.#give("INTERNAL");
      return;
    }
    if (isEmpty) this.#finishEmpty(answer);
    else this.#download(answer);
  }

  fail(isUnbegun: boolean): void {
    if (!this.#isDone && !this.#repeat(isUnbegun)) this.#give("UPSTREAM_UNAVAILABLE");
  }

  stale(): void {
    this.fail(this.#hasNoEffects);
  }

  #repeat(isSafe: boolean): boolean {
    if (!isSafe || this.#isHeaded || this.#tries >= MAX_TRIES || !this.#upload.isRepeatable) return false;
    this.start();
    return true;
  }

  #finishEmpty({ body }: UpstreamAnswer): void {
    body.on("error", ignore).resume();
    this.#settle(false);
    this.#visit.caller.source.resume();
  }

  #download(answer: UpstreamAnswer): void {
    const { body } = answer;
    const { caller } = this.#visit;
    body.on("data", (chunk: Buffer) => {
      if (this.#isDone) return;
      this.#clock.touch();
      if (!caller.sink.write(chunk)) body.pause();
    });
    caller.sink.on("drain", () => body.resume());
    body.on("end", () => this.#ended(answer.trailers()));
    body.on("error", ignore);
    body.on("close", () => setImmediate(() => this.#give("UPSTREAM_UNAVAILABLE"))); // no "end" before it: cut
  }

  #ended(rawTrailers: readonly string[] | undefined): void {
    if (this.#isDone) return;
    if (rawTrailers === undefined) {
      this.#give("UPSTREAM_UNAVAILABLE");
      return;
    }
    this.#settle(false);
    this.#visit.caller.end(answerFields(rawTrailers));
    this.#visit.caller.source.resume();
  }

  /** Ends it with an error, told as well as the client's protocol still can. */
  #give(reason: ReasonName): void {
    if (this.#isDone) return;
    this.#settle(true);
    const { caller, head } = this.#visit;
    if (!this.#isHeaded) this.#visit.refuse(refusal(reason));
    else {
      this.#visit.reason = reason;
      if (caller.isH2 && tellsInTrailers(head.known)) caller.end(refusalTrailers(reason));
      else caller.cut();
    }
  }

  gone(): void {
    this.#settle(true);
  }

  /** Events can end between two of them, and the client comes again. */
  stop(): void {
    if (!this.#isEvents || this.#isDone) {
      this.#give("UPSTREAM_UNAVAILABLE");
      return;
    }
    this.#settle(true);
    this.#visit.caller.end([]);
  }

  /** @param isGivenUp whether the service need not go on. An answer before the end of the upload ends that too. */
  #settle(isGivenUp: boolean): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#clock.stop();
    this.#upload.forget();
    const call = this.#call;
    if (call !== undefined && (isGivenUp || !call.sink.writableEnded)) call.cancel();
  }
}

const ignore = (): void => {};
