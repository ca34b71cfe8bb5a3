import { AppError, type Violation } from "@gantry/kernel";
import { countAnswerViolation } from "./count-violation.ts";
import type { Answer, AnswerSpec, Operation } from "./operation.ts";
import type { ServeSettings } from "./settings.ts";
import { toViolations } from "./violations.ts";

/** Rules whose violation may show what nobody meant to show. */
const revealing = new Set(["additionalProperties", "unevaluatedProperties"]);

/** What HTTP allows in a header's value. */
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The response of an answer.
 * @throws AppError ANSWER_UNDECLARED when it must not be sent, see {@link AnswerMode}
 */
export function sendAnswer(operation: Operation, answer: Answer, settings: ServeSettings): Response {
  const { status } = answer;
  const spec = declared(operation, status);
  if (!spec.guard(answer)) judge(operation, status, toViolations(spec.guard.errors ?? []), settings);
  return new Response(serialize(operation, answer, spec), {
    status,
    headers: headersOf(operation, answer, spec),
  });
}

function declared({ id, answers }: Operation, status: number): AnswerSpec {
  const spec = Object.hasOwn(answers, status) ? answers[status] : undefined;
  if (spec === undefined) throw undeclared(`${id} does not declare the status ${status}`);
  return spec;
}

function judge(
  { id }: Operation,
  status: number,
  violations: readonly Violation[],
  { answers, logger }: ServeSettings,
): void {
  countAnswerViolation(id, status);
  const facts = { operation: id, status, violations };
  if (answers === "strict" || violations.some(({ rule }) => revealing.has(rule))) {
    throw undeclared(`an answer of ${id} breaks its contract`, facts);
  }
  logger.warn(facts, "an answer that breaks its contract was sent");
}

function serialize({ id }: Operation, { body }: Answer, { mediaType }: AnswerSpec): string | null {
  if (mediaType === undefined) return null;
  const text = stringify(body);
  if (text === undefined) throw undeclared(`the body of an answer of ${id} is no JSON`);
  return text;
}

/** Undefined for what JSON cannot say: bigints, circles, functions, nothing at all. */
function stringify(body: unknown): string | undefined {
  try {
    return JSON.stringify(body);
  } catch {
    return undefined;
  }
}

function headersOf({ id }: Operation, answer: Answer, { mediaType, headers = [] }: AnswerSpec): Record<string, string> {
  const sent: Record<string, string> = mediaType === undefined ? {} : { "content-type": mediaType };
  for (const name of headers) {
    const value = answer.headers?.[name];
    if (value === undefined) continue;
    const text = String(value);
    if (!headerText.test(text)) throw undeclared(`the header ${name} of an answer of ${id} has an impossible value`);
    sent[name] = text;
  }
  return sent;
}

const undeclared = (why: string, meta: object = {}): AppError =>
  new AppError({ kind: "internal", reason: "ANSWER_UNDECLARED", message: why, meta: { ...meta } });
