import { AppError } from "@gantry/kernel";

/**
 * Waits for `work`, but not longer than `ms`. The work itself is not stopped.
 * @throws AppError `timeout` DEADLINE_EXCEEDED
 */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooLate(ms, what)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = (ms: number, what: string): AppError =>
  new AppError({ kind: "timeout", reason: "DEADLINE_EXCEEDED", message: `${what} took longer than ${ms} ms.` });
