import { AppError } from "@gantry/kernel";
import type { RunInScope, TimedCall } from "./call.ts";
import type { Answer, Operation } from "./operation.ts";
import type { ServeSettings } from "./settings.ts";

/**
 * Runs the handler, until its policy's deadline at the latest. A handler that goes on after that is noted, because nobody
 * else will ever hear how it ended.
 * @throws AppError `timeout` DEADLINE_EXCEEDED, or what the handler throws
 */
export function handleInTime(
  operation: Operation,
  input: unknown,
  call: TimedCall,
  { logger, inScope }: Pick<ServeSettings, "logger" | "inScope">,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const work = begin(operation, input, call, inScope);
    if (!(work instanceof Promise)) {
      call.over = true;
      resolve(work);
      return;
    }
    const timer = setTimeout(() => {
      const late = deadlineExceeded(operation);
      call.expire(late);
      reject(late);
    }, operation.policy.deadlineMs);
    const ended = (outcome: object): void => {
      clearTimeout(timer);
      call.over = true;
      if (call.expired) logger.warn({ operation: operation.id, ...outcome }, "a handler ended after its deadline");
    };
    work.then(
      (answer) => {
        ended({ status: answer.status });
        resolve(answer);
      },
      (err: unknown) => {
        ended({ err });
        reject(err);
      },
    );
  });
}

function begin(operation: Operation, input: unknown, call: TimedCall, inScope: RunInScope | undefined) {
  if (inScope === undefined) return operation.handle(input, call);
  call.dueMs = performance.now() + operation.policy.deadlineMs;
  return inScope(call, () => operation.handle(input, call));
}

const deadlineExceeded = ({ policy }: Operation): AppError =>
  new AppError({
    kind: "timeout",
    reason: "DEADLINE_EXCEEDED",
    message: `The answer was not ready within ${policy.deadlineMs} ms.`,
  });
