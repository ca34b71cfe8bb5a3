import { isUuid } from "@gantry/kernel";
import type { SessionCheck, SessionQuestion, SessionVerdict } from "../session-check.ts";
import { connectReason } from "./connect-reason.ts";
import { type HttpAnswer, valuesOf } from "./http-answer.ts";
import { QuestionConnections } from "./question-connections.ts";

const MAX_IDENTITY_CHARS = 2_048;
/** IAM's word for a token that is unknown, malformed or ended. */
const SESSION_INVALID = "SESSION_INVALID";

/** W3C trace context, as it may stand in a line. */
const traceparent = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export interface HttpSessionCheckOptions {
  /** Where IAM is: `http://127.0.0.1:4001`. */
  readonly url: string;
  /** Path of the question. */
  readonly path: string;
  /** The question, as JSON. The token consists of letters, digits, `-` and `_`. */
  readonly body: (token: string) => string;
  /** The gateway's own identity, for IAM. */
  readonly identity: () => Promise<string> | string;
}

/** A check with connections of its own. */
export interface HttpSessionCheck {
  readonly check: SessionCheck;
  /** Closes its connections. */
  close(): void;
}

/**
 * Asks by Connect over HTTP/1.1: 200 with exactly one header `x-gantry-identity` and one `x-gantry-user` of the right
 * shapes is a session; 401 with the reason SESSION_INVALID is none; everything else rejects, a 401 about the gateway's
 * own identity included. An answer that is cut or too large is no answer.
 */
export function createHttpSessionCheck(options: HttpSessionCheckOptions): HttpSessionCheck {
  const { host, hostname, port } = new URL(options.url);
  const connections = new QuestionConnections({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? 80 : Number(port),
  });
  const start = `POST ${options.path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nconnect-protocol-version: 1\r\n`;

  const check = async (question: SessionQuestion): Promise<SessionVerdict> => {
    const identity = await options.identity();
    const body = options.body(question.token);
    const trace = traceparent.test(question.traceparent ?? "") ? `traceparent: ${question.traceparent}\r\n` : "";
    const rest = `x-gantry-identity: ${identity}\r\n${trace}content-length: ${body.length}\r\n\r\n${body}`;
    const verdict = verdictOf(await connections.ask(start + rest, question.signal));
    if (verdict === undefined) throw new Error("IAM's answer is no verdict");
    return verdict;
  };

  return { check, close: () => connections.close() };
}

function verdictOf({ status, fields, body }: HttpAnswer): SessionVerdict | undefined {
  if (status === 401) return connectReason(body) === SESSION_INVALID ? "invalid" : undefined;
  if (status !== 200) return undefined;
  const identity = theOne(valuesOf(fields, "x-gantry-identity"));
  const userUuid = theOne(valuesOf(fields, "x-gantry-user"));
  if (identity === undefined || identity.length > MAX_IDENTITY_CHARS || !jwt.test(identity)) return undefined;
  return userUuid !== undefined && isUuid(userUuid) ? { identity, userUuid } : undefined;
}

/** What stands there exactly once. */
const theOne = (values: readonly string[]): string | undefined => (values.length === 1 ? values[0] : undefined);
