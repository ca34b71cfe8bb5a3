import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { isUuid } from "@gantry/kernel";
import type { SessionCheck, SessionQuestion, SessionVerdict } from "../session-check.ts";
import { connectReason } from "./connect-reason.ts";

/** An answer to a question has some hundred bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;
const MAX_IDENTITY_CHARS = 2_048;
/** Questions at once; further ones wait for a connection, and for no longer than a question may take. */
const MAX_CONNECTIONS = 256;
/** Below the 5 s after which Node's servers close an idle connection unless they are told otherwise. */
const IDLE_MS = 4_000;

/** IAM's word for a token that is unknown, malformed or ended. */
const SESSION_INVALID = "SESSION_INVALID";

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
  const { hostname, port } = new URL(options.url);
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS });
  const place = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? 80 : Number(port),
    agent,
    method: "POST",
    path: options.path,
  };
  const host = new URL(options.url).host;

  const ask = async (question: SessionQuestion, mayRepeat: boolean): Promise<SessionVerdict> => {
    const identity = await options.identity();
    question.signal.throwIfAborted();
    const body = options.body(question.token);
    const headers = [
      "host",
      host,
      "content-type",
      "application/json",
      "connect-protocol-version",
      "1",
      "x-gantry-identity",
      identity,
      "content-length",
      String(body.length),
      ...(question.traceparent === undefined ? [] : ["traceparent", question.traceparent]),
    ];
    const request = httpRequest({ ...place, headers, signal: question.signal });
    try {
      return await answerTo(request, body);
    } catch (error) {
      // an idle connection that IAM closed as it was taken: asking twice does no harm
      if (mayRepeat && request.reusedSocket && !question.signal.aborted && isReset(error)) return ask(question, false);
      throw error;
    }
  };

  return { check: (question) => ask(question, true), close: () => agent.destroy() };
}

const isReset = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ECONNRESET";

function answerTo(request: ClientRequest, body: string): Promise<SessionVerdict> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_ANSWER_BYTES) request.destroy(new Error("the answer is too large"));
      });
      response.on("error", reject);
      response.on("end", () => {
        const verdict = response.complete ? verdictOf(response, chunks) : undefined;
        if (verdict === undefined) reject(new Error(`no verdict in an answer with status ${response.statusCode}`));
        else resolve(verdict);
      });
    });
    request.end(body, "latin1"); // ASCII: headers and body leave as one string
  });
}

function verdictOf({ statusCode, rawHeaders }: IncomingMessage, chunks: readonly Buffer[]): SessionVerdict | undefined {
  if (statusCode === 401) return connectReason(Buffer.concat(chunks)) === SESSION_INVALID ? "invalid" : undefined;
  if (statusCode !== 200) return undefined;
  const identity = theOne(rawHeaders, "x-gantry-identity");
  const userUuid = theOne(rawHeaders, "x-gantry-user");
  if (identity === undefined || identity.length > MAX_IDENTITY_CHARS || !jwt.test(identity)) return undefined;
  return userUuid !== undefined && isUuid(userUuid) ? { identity, userUuid } : undefined;
}

/** The value of a field that stands there exactly once. */
function theOne(raw: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== name) continue;
    if (value !== undefined) return undefined;
    value = raw[index + 1];
  }
  return value;
}
