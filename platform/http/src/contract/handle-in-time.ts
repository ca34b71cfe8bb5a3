import { AppError } from "@gantry/kernel";
import type { Logger } from "@gantry/telemetry";
import type { TimedCall } from "./call.ts";
import type { Answer, Operation } from "./operation.ts";

/**
 * Runs the handler, until its policy's deadline at the latest. A handler that goes on after that is noted, because nobody
 * else will ever hear how it ended.
 * @throws AppError `timeout` DEADLINE_EXCEEDED, or what the handler throws
 */
export function handleInTime(operation: Operation, input: unknown, call: TimedCall, logger: Logger): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const work = operation.handle(input, call);
    if (!(work instanceof Promise)) {
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

const deadlineExceeded = ({ policy }: Operation): AppError =>
  new AppError({
    kind: "timeout",
    reason: "DEADLINE_EXCEEDED",
    message: `The answer was not ready within ${policy.deadlineMs} ms.`,
  });
