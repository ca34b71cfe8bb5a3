import { type DescField, type DescMessage, type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { type FieldRules, field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { describe, expect, test } from "vitest";
import { event } from "../proto/gantry/event/v1/event_pb.ts";
import { Auth, Idempotency, method as methodPolicy, sensitive } from "../proto/gantry/policy/v1/policy_pb.ts";
import { contractFiles, registry } from "./testdata.ts";

const messages = [...registry].filter(
  (desc): desc is DescMessage => desc.kind === "message" && /^gantry\.(?!policy\.|event\.)/.test(desc.typeName),
);
const methods = contractFiles.flatMap((file) => file.services.flatMap((service) => service.methods));
const events = messages.filter((message) => hasOption(message, event));
const named = <T extends { toString(): string }>(descs: readonly T[]): [string, T][] =>
  descs.map((desc) => [desc.toString(), desc]);

test("there are 9 files of contracts with 27 methods and 11 events", () => {
  expect([contractFiles.length, methods.length, events.length]).toEqual([9, 27, 11]);
});

describe("methods", () => {
  const levels: Record<Idempotency, MethodOptions_IdempotencyLevel | undefined> = {
    [Idempotency.UNSPECIFIED]: undefined,
    [Idempotency.NO_SIDE_EFFECTS]: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS,
    [Idempotency.KEYED]: MethodOptions_IdempotencyLevel.IDEMPOTENT,
    [Idempotency.NONE]: MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
  };

  test.each(named(methods))("%s: policy and idempotency_level say the same", (_name, method) => {
    const { auth, deadlineMs, idempotency } = getOption(method, methodPolicy);
    expect(method.idempotency).toBe(levels[idempotency]);
    expect(auth).not.toBe(Auth.UNSPECIFIED);
    expect(deadlineMs).toBeGreaterThan(0);
  });

  test.each(named(methods))("%s: is retried only when a repeat is harmless", (_name, method) => {
    const { idempotency, retry } = getOption(method, methodPolicy);
    expect(retry === undefined).toBe(idempotency === Idempotency.NONE);
  });

  test.each(named(methods))("%s: whoever comes from outside has a rate", (_name, method) => {
    const { auth, rate } = getOption(method, methodPolicy);
    expect(rate === undefined).toBe(auth === Auth.SERVICE);
  });

  test.each(named(methods))("%s: carries no secret in a URL", (_name, method) => {
    const secrets = method.input.fields.filter((field) => getOption(field, sensitive));
    if (secrets.length > 0) expect(method.idempotency).not.toBe(MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);
  });

  const isListing = ({ input }: DescMethod): boolean => input.fields.some(({ name }) => name === "page");
  test.each(named(methods.filter(isListing)))("%s: pages as every listing does", (_name, { input, output }) => {
    const page = (message: DescMessage) => message.fields.find(({ name }) => name === "page")?.message?.typeName;
    expect([page(input), page(output)]).toEqual(["gantry.common.v1.PageRequest", "gantry.common.v1.PageResponse"]);
    expect(output.fields.map(({ number }) => number)).toEqual([1, 2]);
  });
});

describe("events", () => {
  test.each(named(events))("%s: begins as every event does", (_name, message) => {
    expect(message.fields.slice(0, 5).map(({ number, name }) => `${number} ${name}`)).toEqual([
      "1 event_uuid",
      "2 order_uuid",
      "3 user_uuid",
      "4 version",
      "5 occurred_at",
    ]);
  });

  test.each(named(events))("%s: goes to the topic of its package, in the order of its order", (_name, message) => {
    const service = message.file.proto.package.split(".")[1];
    expect(getOption(message, event)).toMatchObject({ topic: `${service}.events.v1`, key: "order_uuid" });
  });
});

describe("messages", () => {
  test.each(named(messages))("%s: is numbered without a gap, what is reserved included", (_name, { fields, proto }) => {
    const reserved = proto.reservedRange.flatMap(({ start, end }) => range(start, end));
    const numbers = [...fields.map(({ number }) => number), ...reserved];
    expect(numbers.sort((a, b) => a - b)).toEqual(range(1, numbers.length + 1));
  });
});

describe("fields", () => {
  const fields = messages.flatMap((message) => message.fields);

  test.each(named(fields))("%s: is bounded", (_name, field) => {
    expect(unbounded(field, getOption(field, fieldRules))).toEqual([]);
  });

  const secret = /password|token$|^email$|^contact$|^identity$/;
  const isPageToken = /page_token$/;
  const secrets = fields.filter(({ name }) => secret.test(name) && !isPageToken.test(name));
  test.each(named(secrets))("%s: is sensitive", (_name, field) => {
    expect(getOption(field, sensitive)).toBe(true);
  });

  test.each(named(fields.filter(({ name }) => name.endsWith("_at"))))("%s: is a required time", (_name, field) => {
    expect(field.message?.typeName).toBe("google.protobuf.Timestamp");
    expect(getOption(field, fieldRules).required).toBe(true);
  });

  const ids = fields.filter(({ name }) => /_uuids?$/.test(name));
  test.each(named(ids))("%s: is a UUID", (_name, field) => {
    const rules = getOption(field, fieldRules);
    const own = rules.type.case === "repeated" ? rules.type.value.items?.type : rules.type;
    expect(own).toMatchObject({ case: "string", value: { wellKnown: { case: "uuid", value: true } } });
  });
});

const range = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, at) => start + at);

/** What is missing for a field to be bounded both ways. Messages are bounded by their own fields. */
function unbounded(field: DescField, rules: FieldRules): string[] {
  const { type } = rules;
  if (field.fieldKind === "list") {
    const { items, maxItems } = type.case === "repeated" ? type.value : {};
    return [...(maxItems ? [] : ["max_items"]), ...unboundedScalar(field.listKind, field.scalar, items)];
  }
  if (field.fieldKind === "map") {
    const { keys, maxPairs } = type.case === "map" ? type.value : {};
    return [...(maxPairs ? [] : ["max_pairs"]), ...unboundedScalar("scalar", field.mapKey, keys)];
  }
  return unboundedScalar(field.fieldKind, field.fieldKind === "scalar" ? field.scalar : undefined, rules);
}

function unboundedScalar(kind: string, scalar: number | undefined, rules: FieldRules | undefined): string[] {
  const type = rules?.type;
  switch (type?.case) {
    case "string": {
      const { pattern, maxLen, maxBytes, wellKnown } = type.value;
      return pattern || maxLen || maxBytes || wellKnown.case === "uuid" ? [] : ["max_len"];
    }
    case "enum":
      return type.value.notIn.length > 0 || type.value.in.length > 0 ? [] : ["not_in"];
    case "uint32":
    case "int64":
      return type.value.lessThan.case === undefined ? ["lte"] : [];
    case "double":
      return type.value.lessThan.case === undefined && type.value.finite !== true ? ["lte"] : [];
    default:
      return kind === "message" || scalar === BOOL ? [] : ["rules"];
  }
}

/** ScalarType.BOOL of protobuf-es: nothing to bound. */
const BOOL = 8;
