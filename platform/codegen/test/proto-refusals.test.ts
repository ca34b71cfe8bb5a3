import { describe, expect, test } from "vitest";
import { eventsPlugin } from "../src/events/plugin.ts";
import { policyPlugin } from "../src/policy/plugin.ts";
import { routesPlugin } from "../src/routes/plugin.ts";
import { refusalsOf, runPluginOn } from "./proto-input.ts";

const document = `openapi: 3.1.0
info: { title: Toys, version: 1.0.0 }
servers: [{ url: /api/v1 }]
paths:
  /toys/{id}:
    get:
      operationId: getToy
      x-gantry-policy: { auth: PUBLIC, deadline_ms: 1000, idempotency: NO_SIDE_EFFECTS }
      parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
      responses:
        "204": { description: There. }
        "400": { $ref: "#/components/responses/Problem" }
        "500": { $ref: "#/components/responses/Problem" }
        "504": { $ref: "#/components/responses/Problem" }
components:
  responses:
    Problem: { description: No., content: { application/problem+json: { schema: { type: object } } } }
`;

const head = (name: string): string => `syntax = "proto3";
package ${name};
import "gantry/event/v1/event.proto";
import "gantry/policy/v1/policy.proto";
import "google/api/annotations.proto";
`;

/** The refusal of a declaration: the one whose line in the file is the declaration's. */
const about = (refusals: readonly string[], text: string, declaration: string): readonly string[] => {
  const line = text.split("\n").findIndex((candidate) => candidate.includes(declaration)) + 1;
  return refusals.filter((refusal) => refusal.startsWith(`toys/v1/`) && Number(refusal.split(":")[1]) === line);
};

describe("an event", async () => {
  const event = (name: string, options: string, fields = "string id = 1;"): string =>
    `message ${name} {\n  option (gantry.event.v1.event) = {${options}};\n  ${fields}\n}\n`;
  const topic = 'topic: "toys.events.v1"';
  const toys = `${head("toys.v1")}
${event("NoTopic", 'key: "id"')}
${event("NoKey", topic)}
${event("OddTopic", 'topic: "Toys events" key: "id"')}
${event("LongTopic", `topic: "${"a".repeat(200)}.events.v1" key: "id"`)}
${event("MissingKey", `${topic} key: "constructor"`)}
${event("NumberKey", `${topic} key: "id"`, "int64 id = 1;")}
${event("ListKey", `${topic} key: "id"`, "repeated string id = 1;")}
${event("MapKey", `${topic} key: "id"`, "map<string, string> id = 1;")}
${event("ChoiceKey", `${topic} key: "id"`, "oneof which { string id = 1; }")}
${event("Twin", `${topic} key: "id"`)}
message NoEvent { string id = 1; }
`;
  const more = `${head("toys.v2")}\n${event("Twin", `${topic} key: "id"`)}`;
  const refusals = await refusalsOf(eventsPlugin, {
    "proto/toys/v1/events.proto": toys,
    "proto/toys/v2/events.proto": more,
  });

  test.each([
    ["NoTopic", "The event has no topic."],
    ["NoKey", "The event has no key. Name the string field"],
    ["OddTopic", 'The topic "Toys events" is no name.'],
    ["LongTopic", "is no name"],
    ["MissingKey", 'The key "constructor" is no field. Name one of id.'],
    ["NumberKey", "The key id is no plain string field."],
    ["ListKey", "The key id is no plain string field."],
    ["MapKey", "The key id is no plain string field."],
    ["ChoiceKey", "The key id is no plain string field."],
    ["NoEvent", "A message of an events file is no event."],
  ])("%s is refused at its line", (name, says) => {
    expect(about(refusals, toys, `message ${name} `)).toEqual([expect.stringContaining(`${name}: `)]);
    expect(about(refusals, toys, `message ${name} `)[0]).toContain(says);
  });

  test("with the name of another on its topic is refused", () => {
    expect(refusals.filter((line) => line.startsWith("toys/v2/"))).toEqual([
      expect.stringContaining(":7:1: toys.events.v1 has a Twin already: toys.v1.Twin."),
    ]);
  });

  test("with the name of another on another topic is fine, and both get names of their own", async () => {
    const other = `${head("dolls.v1")}\n${event("Twin", 'topic: "dolls.events.v1" key: "id"')}`;
    const own = `${head("toys.v1")}\n${event("Twin", `${topic} key: "id"`)}`;
    const [file] = await runPluginOn(eventsPlugin, {
      "proto/dolls/v1/events.proto": other,
      "proto/toys/v1/events.proto": own,
    });
    expect(file?.content).toContain("TwinSchema as dolls_v1_TwinSchema,");
    expect(file?.content).toContain(
      '"toys.v1.Twin": { schema: toys_v1_TwinSchema, topic: "toys.events.v1", key: "id" },',
    );
  });
});

const service = (methods: string): string =>
  `${head("toys.v1")}\nservice ToyService {\n${methods}\n}\nmessage Box { string id = 1; bytes photo = 2; Box inner = 3; }\n`;
const method = (name: string, policy: string, more = ""): string =>
  `  rpc ${name}(Box) returns (Box) {\n${more}    option (gantry.policy.v1.method) = {${policy}};\n  }\n`;
const harmless = "auth: AUTH_PUBLIC deadline_ms: 1 idempotency: IDEMPOTENCY_NO_SIDE_EFFECTS";
const keyed = "auth: AUTH_SESSION deadline_ms: 1 idempotency: IDEMPOTENCY_KEYED";
const forServices = "auth: AUTH_SERVICE deadline_ms: 1 idempotency: IDEMPOTENCY_NONE";
const seventeen = Array.from({ length: 17 }, (_, index) => `"caller-${index}"`).join(", ");
const levelNone = "    option idempotency_level = NO_SIDE_EFFECTS;\n";
const levelIdempotent = "    option idempotency_level = IDEMPOTENT;\n";

describe("a method", async () => {
  const text = service(
    [
      "  rpc NoPolicy(Box) returns (Box);\n",
      method("NoAuth", "deadline_ms: 1 idempotency: IDEMPOTENCY_NONE"),
      method("NoAuthStated", "auth: AUTH_UNSPECIFIED deadline_ms: 1 idempotency: IDEMPOTENCY_NONE"),
      method("NoDeadline", "auth: AUTH_PUBLIC idempotency: IDEMPOTENCY_NONE"),
      method("NoIdempotency", "auth: AUTH_PUBLIC deadline_ms: 1"),
      method("BadRetry", "auth: AUTH_PUBLIC deadline_ms: 1 idempotency: IDEMPOTENCY_NONE retry: {attempts: 2}"),
      method("NoAttempts", `${keyed} retry: {}`),
      method("NoScope", `${keyed} rate: {per_second: 1 burst: 1}`),
      method("NoCallers", forServices),
      method("CallersOfPeople", `${keyed} callers: "order"`),
      method("CallersOfAll", 'auth: AUTH_PUBLIC deadline_ms: 1 idempotency: IDEMPOTENCY_NONE callers: "order"'),
      method("BadCaller", `${forServices} callers: "gantry.order"`),
      method("EmptyCaller", `${forServices} callers: ""`),
      method("TwiceACaller", `${forServices} callers: ["order", "payment", "order"]`),
      method("SeventeenCallers", `${forServices} callers: [${seventeen}]`),
      method("FineForOrder", `${forServices} callers: "order"`),
      method("SilentHarmless", harmless),
      method("LoudKeyed", keyed, levelNone),
      method("IdempotentNone", "auth: AUTH_PUBLIC deadline_ms: 1 idempotency: IDEMPOTENCY_NONE", levelIdempotent),
      method("Fine", keyed, levelIdempotent),
    ].join("\n"),
  );
  const refusals = await refusalsOf(policyPlugin, { "proto/toys/v1/toys.proto": text, "toys.openapi.yaml": document });

  test.each([
    ["NoPolicy", "The method has no policy. Add option (gantry.policy.v1.method)"],
    ["NoAuth", "auth is not stated. Say one of PUBLIC, SESSION, SERVICE."],
    ["NoAuthStated", "auth is not stated."],
    ["NoDeadline", "deadline_ms is not stated."],
    ["NoIdempotency", "idempotency is not stated."],
    ["BadRetry", "A retry repeats what is not idempotent."],
    ["NoAttempts", "retry: The policy's attempts is not stated."],
    ["NoScope", "rate: The policy's per is not stated. Say one of USER, ADDRESS, TOTAL."],
    ["NoCallers", "The policy's callers is not stated. List the services that may call the operation."],
    ["CallersOfPeople", "SESSION asks for no service, so callers means nothing. Take callers out, or say SERVICE."],
    ["CallersOfAll", "PUBLIC asks for no service, so callers means nothing."],
    ["BadCaller", 'callers is ["gantry.order"]. List 1 to 16 services'],
    ["EmptyCaller", 'callers is [""].'],
    ["TwiceACaller", 'callers is ["order","payment","order"]. List 1 to 16 services, each once'],
    ["SeventeenCallers", "List 1 to 16 services"],
    ["SilentHarmless", "idempotency_level and the policy's NO_SIDE_EFFECTS contradict each other."],
    ["LoudKeyed", "idempotency_level and the policy's KEYED contradict each other."],
    ["IdempotentNone", "idempotency_level says IDEMPOTENT, the policy NONE."],
  ])("%s is refused at its line", (name, says) => {
    expect(about(refusals, text, `rpc ${name}(`)).toEqual([expect.stringContaining(`ToyService.${name}: `)]);
    expect(about(refusals, text, `rpc ${name}(`)[0]).toContain(says);
  });

  test("Fine is not mentioned", () => expect(refusals.join("\n")).not.toContain("Fine"));
});

describe("an HTTP binding", async () => {
  const bound = (name: string, rule: string, level = ""): string =>
    method(name, level === "" ? keyed : harmless, `${level}    option (google.api.http) = {${rule}};\n`);
  const text = service(
    [
      bound("Wild", 'get: "/api/v1/**"'),
      bound("Verb", 'post: "/api/v1/box:open"'),
      bound("Unknown", 'get: "/api/v1/box/{colour}"'),
      bound("Deep", 'get: "/api/v1/deep/{id.x}"'),
      bound("Photo", 'get: "/api/v1/photo/{photo}"'),
      bound("GetBody", 'get: "/api/v1/body" body: "*"'),
      bound("TextBody", 'post: "/api/v1/text" body: "id"'),
      bound("NoBody", 'post: "/api/v1/nothing" body: "nothing"'),
      bound("NoAnswer", 'get: "/api/v1/answer" response_body: "nothing"'),
      bound("Custom", 'custom: {kind: "HEAD" path: "/api/v1/custom"}'),
      bound("First", 'post: "/api/v1/clash/{id}"'),
      bound("Second", 'post: "/api/v1/clash/{inner.id}"'),
      bound("Toy", 'get: "/api/v1/toys/{id}"', levelNone),
      `  rpc Stream(stream Box) returns (Box) {\n    option (gantry.policy.v1.method) = {${keyed}};\n    option (google.api.http) = {post: "/api/v1/stream"};\n  }`,
    ].join("\n"),
  );
  const refusals = await refusalsOf(routesPlugin, { "proto/toys/v1/toys.proto": text, "toys.openapi.yaml": document });

  test.each([
    ["Wild", 'The path "/api/v1/**" cannot be routed.'],
    ["Verb", "cannot be routed"],
    ["Unknown", 'Box has no field "colour".'],
    ["Deep", "id has no fields of its own."],
    ["Photo", "photo is no plain field"],
    ["GetBody", "A get has no body."],
    ["TextBody", "The body id is no message."],
    ["NoBody", 'Box has no field "nothing".'],
    ["NoAnswer", 'Box has no field "nothing".'],
    ["Custom", "no known method"],
    ["Second", "POST /api/v1/clash/{inner.id} is taken by /toys.v1.ToyService/First"],
    ["Stream", "A streaming method has no HTTP binding."],
  ])("of %s is refused at its line", (name, says) => {
    const own = about(refusals, text, `rpc ${name}(`);
    expect(own).toHaveLength(1);
    expect(own[0]).toContain(says);
  });

  test("that is an operation of the document too is refused there", () => {
    expect(
      refusals.filter((line) => line.includes("GET /api/v1/toys/{id} is taken by /toys.v1.ToyService/Toy")),
    ).toEqual([expect.stringMatching(/^toys\.openapi\.yaml:6:5: /)]);
  });
});
