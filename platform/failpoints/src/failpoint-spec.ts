import { AppError } from "@gantry/kernel";

/** What happens when an armed failpoint is reached. */
export type FailpointAction = "kill" | "error" | "delay";

/** One armed failpoint. */
export interface FailpointSpec {
  readonly name: string;
  readonly action: FailpointAction;
  /** Fires at this hit, counted from 1, and at no other. */
  readonly nth: number;
  /** How long a delay takes, in milliseconds. */
  readonly delayMs: number;
}

const DEFAULT_DELAY_MS = 1000;
const pattern = /^(?<name>[a-z][a-z0-9_.]{0,99}):(?<action>kill|error|delay):(?<nth>[1-9]\d{0,5})(?::(?<ms>\d{1,6}))?$/;

/** Reads `<name>:<kill|error|delay>:<nth>[:<ms>]`, several of them separated by commas. */
export const parseFailpoints = (spec: string): readonly FailpointSpec[] => spec.split(",").map(parseOne);

function parseOne(text: string): FailpointSpec {
  const { name, action, nth, ms } = pattern.exec(text.trim())?.groups ?? {};
  if (name === undefined || !isAction(action)) throw badSpec(text);
  return { name, action, nth: Number(nth), delayMs: ms === undefined ? DEFAULT_DELAY_MS : Number(ms) };
}

const isAction = (text: string | undefined): text is FailpointAction =>
  text === "kill" || text === "error" || text === "delay";

const badSpec = (text: string): AppError =>
  new AppError({
    kind: "invalid_argument",
    reason: "FAILPOINT_SPEC_INVALID",
    message: `FP holds "${text}", which is not <name>:<kill|error|delay>:<nth>[:<ms>].`,
  });
