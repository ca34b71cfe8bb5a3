import { AppError } from "@gantry/kernel";

/** One thing that is wrong with the environment. */
export interface ConfigProblem {
  /** The variable. */
  readonly env: string;
  /** What is wrong and what is allowed. Shows the value unless it is secret. */
  readonly problem: string;
  /** What the variable is for. */
  readonly description: string;
}

/** Everything that is wrong with the environment, at once. Its message is a list for people. */
export class ConfigError extends AppError {
  readonly problems: readonly ConfigProblem[];

  constructor(service: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ env, problem, description }) => `  ${env} ${problem}\n      ${description}`);
    super({
      kind: "invalid_argument",
      reason: "CONFIG_INVALID",
      message: `The configuration of ${service} has ${count(problems.length)}:\n${lines.join("\n")}`,
    });
    this.problems = problems;
  }
}

const count = (n: number): string => (n === 1 ? "1 problem" : `${n} problems`);
