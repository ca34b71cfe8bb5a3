import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isObject } from "../openapi/json.ts";
import type { PluginInput } from "../plugin/plugin.ts";
import type { RpcMethod } from "../policy/rpc-policies.ts";
import { customOption } from "../proto/custom-option.ts";
import { placeOf } from "../proto/places.ts";
import type { Problems } from "../refusal/problems.ts";
import type { PlacedRoute } from "./route.ts";
import { rpcRoute } from "./rpc-routes.ts";

type Rule = Readonly<Record<string, unknown>>;
type Refuse = (problem: string, advice: string) => void;

const verbs = ["get", "put", "post", "delete", "patch"] as const;

/** Plain segments and whole `{field}`s. The rest of the template syntax (`**`, `{a=b/*}`, `:verb`) is not supported. */
const template = /^(?:\/(?:[A-Za-z0-9._~-]+|\{[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\}))+$/;

/** The routes that `google.api.http` gives a method. Reports bindings that cannot be served. */
export function transcodedRoutes(input: PluginInput, method: RpcMethod, problems: Problems): readonly PlacedRoute[] {
  const rule = customOption(input, "google.api.http").read(method.desc);
  if (rule === undefined) return [];
  const refuse: Refuse = (problem, advice) =>
    problems.add(
      placeOf(method.file, method.desc),
      `${method.desc.parent.name}.${method.desc.name}: ${problem}`,
      advice,
    );
  if (method.desc.methodKind !== "unary")
    refuse("A streaming method has no HTTP binding.", "Take google.api.http out.");
  const more = Array.isArray(rule.additional_bindings) ? rule.additional_bindings.filter(isObject) : [];
  return [rule, ...more].flatMap((binding) => readBinding(method, binding, refuse) ?? []);
}

function readBinding(method: RpcMethod, rule: Rule, refuse: Refuse): PlacedRoute | undefined {
  const verb = verbs.find((candidate) => typeof rule[candidate] === "string");
  if (verb === undefined) {
    refuse("The HTTP binding has no known method.", `Use one of ${verbs.join(", ")}.`);
    return undefined;
  }
  const path = String(rule[verb]);
  const body = textOf(rule.body);
  const responseBody = textOf(rule.response_body);
  checkPath(method.desc.input, path, refuse);
  checkBody(method.desc.input, verb, body, refuse);
  if (responseBody !== undefined) findField(method.desc.output, responseBody, refuse);
  return {
    ...rpcRoute(method),
    kind: "transcoded",
    methods: [verb.toUpperCase()],
    path,
    ...(body !== undefined && { body }),
    ...(responseBody !== undefined && { responseBody }),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function checkPath(input: DescMessage, path: string, refuse: Refuse): void {
  if (!template.test(path)) {
    refuse(`The path ${JSON.stringify(path)} cannot be routed.`, "Use plain segments and whole {fields}.");
    return;
  }
  for (const [, name = ""] of path.matchAll(/\{([^}]+)\}/g)) {
    const field = findField(input, name, refuse);
    if (field === undefined || isPathField(field)) continue;
    refuse(`${name} is no plain field, so it fits in no path.`, "Use a string, a number, a bool or an enum.");
  }
}

const isPathField = (field: DescField): boolean =>
  field.fieldKind === "enum" || (field.fieldKind === "scalar" && field.scalar !== ScalarType.BYTES);

function checkBody(input: DescMessage, verb: string, body: string | undefined, refuse: Refuse): void {
  if (body === undefined || body === "*") {
    if (body === "*" && (verb === "get" || verb === "delete")) refuse(`A ${verb} has no body.`, "Take body out.");
    return;
  }
  if (findField(input, body, refuse)?.fieldKind === "scalar")
    refuse(`The body ${body} is no message.`, 'Say body: "*".');
}

/** A field by its dotted path. */
function findField(message: DescMessage, path: string, refuse: Refuse): DescField | undefined {
  const [name, ...rest] = path.split(".");
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    refuse(`${message.name} has no field ${JSON.stringify(name)}.`, "Name one of its fields.");
    return undefined;
  }
  if (rest.length === 0) return field;
  if (field.fieldKind === "message") return findField(field.message, rest.join("."), refuse);
  refuse(`${field.name} has no fields of its own.`, "Name a field of the request.");
  return undefined;
}
