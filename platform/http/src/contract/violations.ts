import { AppError, type Violation } from "@gantry/kernel";
import type { GuardProblem } from "./guard.ts";

/** How much a client is shown, as the contracts promise. */
const MAX_VIOLATIONS = 100;
const MAX_FIELD_CHARS = 512;
const MAX_MESSAGE_CHARS = 1000;

/** The rules about the form of a text. Of one text only the most telling is shown. */
const textRules = ["pattern", "format", "minLength", "maxLength"];

/** What guards found, for people: where, which rule, what is allowed. */
export function toViolations(problems: readonly GuardProblem[]): readonly Violation[] {
  const told = problems.filter(({ keyword, propertyName }) => keyword !== "if" && propertyName === undefined);
  const violations = told.map((problem) => ({
    field: fieldOf(problem).slice(0, MAX_FIELD_CHARS),
    rule: ruleOf(problem),
    message: messageOf(problem).slice(0, MAX_MESSAGE_CHARS),
  }));
  return violations.filter((violation, index) => isMostTelling(violation, violations, index));
}

function isMostTelling({ field, rule }: Violation, all: readonly Violation[], index: number): boolean {
  const rank = textRules.indexOf(rule);
  return all.every((other, at) => {
    if (at === index || other.field !== field) return true;
    const otherRank = textRules.indexOf(other.rule);
    if (rank >= 0 && otherRank >= 0 && otherRank !== rank) return rank < otherRank;
    return other.rule !== rule || at > index;
  });
}

function fieldOf({ instancePath, params, propertyName }: GuardProblem): string {
  const member =
    params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName;
  if (typeof member !== "string" || propertyName !== undefined) return instancePath;
  return `${instancePath}/${member.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

const ruleOf = ({ keyword, params }: GuardProblem): string =>
  typeof params.rule === "string" ? params.rule : keyword === "false schema" ? "additionalProperties" : keyword;

function messageOf({ keyword, params, message = "is not allowed" }: GuardProblem): string {
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not a known member";
    case "propertyNames":
      return "is not a valid name";
    case "enum":
      return `must be one of ${list(params.allowedValues)}`;
    case "const":
      return `must be ${String(params.allowedValue)}`;
    default:
      return message;
  }
}

const list = (values: unknown): string => (Array.isArray(values) ? values.map(String).join(", ") : String(values));

/** The error of a request that is not what its operation takes. */
export function invalidRequest(violations: readonly Violation[]): AppError {
  const { length } = violations;
  return new AppError({
    kind: "invalid_argument",
    reason: "INVALID_REQUEST",
    message: length === 1 ? "The request has 1 problem." : `The request has ${length} problems.`,
    violations: violations.slice(0, MAX_VIOLATIONS),
  });
}
