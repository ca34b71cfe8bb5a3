import { type AppError, statusTable } from "@gantry/kernel";

/**
 * What follows from a handler's failure: it counts as handled, it is tried again, its aggregate is parked; or it could pass
 * and did not in its time, so that its aggregate is parked unless nothing else works either.
 */
export type Verdict = "handled" | "again" | "park" | "give up";

/** For errors that may be a moment's or a bug's, nobody can tell. */
const TRIES_IN_DOUBT = 3;

/**
 * Reads the kernel's status table. What cannot pass by itself parks at once, what can is tried again until the time is out.
 * @param tries how often it has failed, this time included
 */
export function verdictOn(error: AppError, tries: number, outOfTime: boolean): Verdict {
  switch (statusTable[error.kind].consumer) {
    case "ack":
      return "handled";
    case "dead-letter":
      return "park";
    case "retry-then-dead-letter":
      return tries < TRIES_IN_DOUBT && !outOfTime ? "again" : "park";
    case "retry":
      return outOfTime ? "give up" : "again";
  }
}

/** Whether the database itself is away: that is nobody's fault, and parks nothing however long it takes. */
export const isDatabaseAway = (error: AppError): boolean => error.reason === "DATABASE_UNAVAILABLE";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Anything from nothing to a ceiling that doubles, so that those that failed together do not come back together. */
export const pauseMs = (round: number): number =>
  Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** round);
