import { randomUUID } from "node:crypto";
import type { Route } from "@gantry/kernel";
import type { Caller } from "../caller/caller.ts";
import { protocolOf } from "../refusal/protocol.ts";
import type { ReasonName } from "../refusal/reasons.ts";
import { type LocalAnswer, type Refusal, refusal, refusalAnswer } from "../refusal/refusal.ts";
import { knownMethod } from "../request/known-method.ts";
import { type RequestHead, readRequestHead } from "../request/request-head.ts";
import { VisitTrace } from "./visit-trace.ts";

/** Ids of requests that are taken over: whatever can stand in a log line without a second thought. */
const saneId = /^[\w.-]{1,128}$/;

/** A part of a request's way that can be ended early. */
export interface Stage {
  /** Whether it is a stream of events, which can be ended between two of them at any time. */
  readonly isEvents?: boolean;
  /** The drain is over: ends it, and tells the client as well as possible. */
  stop(): void;
  /** The client has gone, or has its whole answer. */
  gone(): void;
}

/** One request, from its headers to its last byte, and what is known of it. */
export class Visit {
  readonly caller: Caller;
  readonly head: RequestHead;
  readonly requestId: string;
  readonly trace: VisitTrace;
  readonly startedMs = performance.now();
  /** Fields that every answer to this client carries. */
  readonly answerFields: readonly string[];
  route: Route | undefined;
  /** Health probes come every few seconds and fill logs. */
  isProbe = false;
  userUuid: string | undefined;
  /** HTTP status of the answer; 0 before there is one. */
  status = 0;
  /** Why the gateway itself ended it. */
  reason: ReasonName | undefined;
  /** What is under way for it. */
  stage: Stage;

  /** @param answerFields of a request's headers */
  constructor(caller: Caller, answerFields: (head: RequestHead) => readonly string[]) {
    this.caller = caller;
    this.head = readRequestHead(caller.rawHeaders);
    this.answerFields = answerFields(this.head);
    this.trace = new VisitTrace(knownMethod(caller.method), this.head.known);
    const given = this.head.known["x-request-id"];
    this.requestId = given !== undefined && saneId.test(given) ? given : randomUUID();
    this.stage = { stop: () => this.refuse(refusal("UPSTREAM_UNAVAILABLE")), gone: () => {} };
  }

  /** Answers with an error, in the client's protocol. */
  refuse(refused: Refusal): void {
    this.reason = refused.reason;
    const { known } = this.head;
    const request = { contentType: known["content-type"], traceId: this.trace.traceId };
    this.reply(refusalAnswer(refused, protocolOf(this.route?.kind, known), request));
  }

  /** Answers by itself. Does nothing for a client that has gone, or that has an answer. */
  reply({ status, fields, body }: LocalAnswer): void {
    if (this.status !== 0 || this.caller.isGone) return;
    this.status = status;
    this.caller.answer({ status, fields: [...fields, ...this.answerFields], body });
  }
}
