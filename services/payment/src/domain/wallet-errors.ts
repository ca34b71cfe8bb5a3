import { AppError, MAX_MINOR, type Money } from "@gantry/kernel";

export const currencyMismatch = (given: string, held: string): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "CURRENCY_MISMATCH",
    message: `The account holds ${held}, not ${given}.`,
    details: { currency: held },
  });

export const balanceTooLarge = ({ minor, currency }: Money, balanceMinor: bigint): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "BALANCE_TOO_LARGE",
    message: `The account holds ${balanceMinor} minor units of ${currency}: with ${minor} more it would be above ${MAX_MINOR}.`,
  });

export const keyReused = (): AppError =>
  new AppError({
    kind: "failed_precondition",
    reason: "IDEMPOTENCY_KEY_REUSED",
    message: "This idempotency key was used for a top-up of another amount. Use a new one.",
  });
