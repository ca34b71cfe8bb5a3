import { AppError } from "@gantry/kernel";

/** How many causes of a cause are followed. */
const MAX_CAUSES = 5;

/** The facts that libraries put on their errors and that are safe to show; a row's values (pg's `detail`) are not. */
const safeFacts = ["code", "constraint", "table", "column", "syscall", "status"] as const;

/** What the log shows of an error: type, message, stack, safe facts, an AppError's reason and meta, the chain of causes. */
export function describeError(error: Error, causesLeft: number = MAX_CAUSES): Record<string, unknown> {
  return {
    type: error.name,
    message: error.message,
    ...(AppError.is(error) ? appFacts(error) : libraryFacts(error)),
    stack: error.stack,
    cause: describeCause(error.cause, causesLeft),
    errors: error instanceof AggregateError ? error.errors.slice(0, MAX_CAUSES).map(String) : undefined,
  };
}

const appFacts = ({ kind, reason, details, violations, meta }: AppError): Record<string, unknown> => ({
  kind,
  reason,
  details: nonEmpty(details),
  violations: violations.length === 0 ? undefined : violations,
  meta: nonEmpty(meta),
});

function libraryFacts(error: Error): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  for (const name of safeFacts) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === "string" || typeof value === "number") facts[name] = value;
  }
  return facts;
}

const nonEmpty = (record: object): object | undefined => (Object.keys(record).length === 0 ? undefined : record);

function describeCause(cause: unknown, causesLeft: number): unknown {
  if (cause === undefined) return undefined;
  if (causesLeft === 0) return "[cut]";
  return cause instanceof Error ? describeError(cause, causesLeft - 1) : String(cause);
}
