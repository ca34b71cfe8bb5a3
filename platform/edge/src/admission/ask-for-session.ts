import type { Visit } from "../forward/visit.ts";
import { type Refusal, refusal } from "../refusal/refusal.ts";
import type { SessionCheck, SessionVerdict, ValidSession } from "../session-check.ts";

export interface SessionQuestions {
  readonly sessionCheck: SessionCheck;
  readonly limits: { readonly sessionTimeoutMs: number };
}

const unavailable = refusal("SESSION_CHECK_UNAVAILABLE");

/** Whose session a request names, or why it goes no further. In bounded time, whatever the check does. */
export async function askForSession(visit: Visit, questions: SessionQuestions): Promise<ValidSession | Refusal> {
  const { session } = visit.head;
  if (session === "none") return refusal("SESSION_MISSING");
  if (session === "contradictory") return refusal("SESSION_INVALID");
  let verdict: SessionVerdict;
  try {
    verdict = await ask(session.token, visit, questions);
  } catch {
    return unavailable;
  }
  return verdict === "invalid" ? refusal("SESSION_INVALID") : verdict;
}

function ask(token: string, visit: Visit, { sessionCheck, limits }: SessionQuestions): Promise<SessionVerdict> {
  const { traceparent } = visit.trace;
  const over = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => giveUp(new Error("the session check took too long")), limits.sessionTimeoutMs);
    const giveUp = (why: Error): void => {
      clearTimeout(timer);
      reject(why);
      over.abort(why);
    };
    visit.stage = {
      stop: () => giveUp(new Error("the gateway stops")),
      gone: () => giveUp(new Error("the client has gone")),
    };
    const question = { token, signal: over.signal, ...(traceparent === undefined ? {} : { traceparent }) };
    sessionCheck(question)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
