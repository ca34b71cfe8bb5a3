import {
  type FieldPathElement,
  type Violation as RuleViolation,
  ViolationsSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema } from "@gantry/gen/proto/google/rpc/error_details_pb";
import type { Violation } from "@gantry/kernel";

/** What is wrong with the input, from whichever of the two details an error carries. */
export function violationsOf(error: ConnectError): Violation[] {
  const rules = error.findDetails(ViolationsSchema).flatMap((detail) => detail.violations);
  const fields = error.findDetails(BadRequestSchema).flatMap((detail) => detail.fieldViolations);
  return [
    ...rules.map(fromRule),
    ...fields.map(({ field, reason, description }) => ({ field, rule: reason, message: description })),
  ];
}

const fromRule = ({ field, ruleId, message }: RuleViolation): Violation => ({
  field: (field?.elements ?? []).map(pathElement).join("."),
  rule: ruleId,
  message,
});

/** `items[2]`, `metadata["color"]`, as protovalidate itself writes them. */
function pathElement({ fieldName, subscript }: FieldPathElement): string {
  if (subscript.case === undefined) return fieldName;
  const key = subscript.case === "stringKey" ? JSON.stringify(subscript.value) : String(subscript.value);
  return `${fieldName}[${key}]`;
}
