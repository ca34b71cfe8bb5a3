import { fromBinary, fromJson, hasOption, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { describe, expect, test } from "vitest";
import { event } from "../proto/gantry/event/v1/event_pb.ts";
import { bytesOf, contractFiles, type Golden, type GoldenCase, messageOf, registry, testdata } from "./testdata.ts";

const validator = createValidator();

const goldens = ["events", "messages", "requests/rpc"].flatMap((folder) => testdata<Golden>(folder));

const withoutUnknown = ({ hex, unknown }: GoldenCase): readonly string[] =>
  unknown === undefined ? hex : hex.slice(0, -1);

const brokenRules = (name: string, message: Message): { field: string; rule: string }[] => {
  const result = validator.validate(messageOf(name), message);
  if (result.kind === "error") throw result.error;
  return (result.violations ?? []).map(({ field, ruleId }) => ({ field: pathToString(field), rule: ruleId }));
};

const named = (folder: string): string[] => testdata<Golden>(folder).map(({ content }) => content.message);

test("every event has a happy, a minimal and a newer golden, and nothing else is called an event", () => {
  const events = [...registry].flatMap((desc) =>
    desc.kind === "message" && hasOption(desc, event) ? [desc.typeName] : [],
  );
  expect(named("events")).toEqual(events.sort());
  for (const { content } of testdata<Golden>("events")) {
    expect(content.cases.map(({ name }) => name)).toEqual(expect.arrayContaining(["happy", "minimal", "newer"]));
  }
});

test("every request that carries anything has a golden", () => {
  const inputs = contractFiles.flatMap((file) =>
    file.services.flatMap(({ methods }) => methods.map(({ input }) => input)),
  );
  const filled = inputs.filter(({ fields }) => fields.length > 0).map(({ typeName }) => typeName);
  expect(named("requests/rpc")).toEqual(filled.sort());
});

describe.each(goldens)("$file", ({ file, content: { message: name, cases, refused = [] } }) => {
  const desc = messageOf(name);

  test("is named after its message", () => {
    expect(file.endsWith(`/${name}.json`)).toBe(true);
  });

  test.each(cases)("$name: the bytes read as the JSON", ({ hex, json }) => {
    expect(toJson(desc, fromBinary(desc, bytesOf(hex)))).toEqual(json);
  });

  test.each(cases)("$name: the JSON writes as the bytes", (golden) => {
    const written = toBinary(desc, fromJson(desc, golden.json));
    expect(Buffer.from(written).toString("hex")).toBe(withoutUnknown(golden).join(""));
  });

  test.each(cases)("$name: what is read is written again whole, unknown fields included", ({ hex }) => {
    expect(toBinary(desc, fromBinary(desc, bytesOf(hex)))).toEqual(bytesOf(hex));
  });

  test.each(cases)("$name: keeps the rules", ({ hex }) => {
    expect(brokenRules(name, fromBinary(desc, bytesOf(hex)))).toEqual([]);
  });

  test.for(refused)("refuses $name", ({ json, violations }) => {
    expect(brokenRules(name, fromJson(desc, json))).toEqual(violations);
  });
});
