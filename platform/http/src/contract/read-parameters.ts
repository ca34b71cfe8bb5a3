import type { Violation } from "@gantry/kernel";
import type { HostContext } from "./exchange.ts";
import type { ParameterSpec } from "./operation.ts";

type Value = string | number | boolean;
type Values = Record<string, Value | readonly Value[]>;

/**
 * The path parameters, as their types where their text fits. Text that does not fit stays text, for the guard to report.
 */
export function readPath(c: HostContext, specs: readonly ParameterSpec[]): Values {
  const values: Values = {};
  for (const { name, type } of specs) values[name] = coerce(c.req.param(name) ?? "", type);
  return values;
}

/** The headers that the operation names, by their lower-case names. */
export function readHeaders(c: HostContext, specs: readonly ParameterSpec[]): Values {
  const values: Values = {};
  for (const { name, type, fallback } of specs) {
    const text = headerOf(c, name);
    if (text !== undefined) values[name] = coerce(text, type);
    else if (fallback !== undefined) values[name] = fallback;
  }
  return values;
}

/** Node has parsed the headers already; a Headers object for all of them costs more than the look-up. */
export function headerOf(c: HostContext, name: string): string | undefined {
  const headers = c.env?.incoming?.headers;
  if (headers === undefined) return c.req.header(name);
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === "string" ? value : value?.join(", ");
}

/** The query. Reports parameters that are not declared, and repeats of one that is no list. */
export function readQuery(c: HostContext, specs: readonly ParameterSpec[], violations: Violation[]): Values {
  const text = queryText(c.req.url);
  if (text === "") return fallbacks(specs);
  const params = new URLSearchParams(text);
  for (const name of new Set(params.keys())) {
    if (!specs.some((spec) => spec.name === name)) violations.push(unknownParameter(name));
  }
  const values: Values = {};
  for (const spec of specs) {
    const texts = params.getAll(spec.name);
    const value = texts.length === 0 ? spec.fallback : listOrOne(spec, texts, violations);
    if (value !== undefined) values[spec.name] = value;
  }
  return values;
}

function queryText(url: string): string {
  const start = url.indexOf("?");
  return start < 0 ? "" : url.slice(start + 1);
}

function fallbacks(specs: readonly ParameterSpec[]): Values {
  const values: Values = {};
  for (const { name, fallback } of specs) if (fallback !== undefined) values[name] = fallback;
  return values;
}

function listOrOne(spec: ParameterSpec, texts: readonly string[], violations: Violation[]): Value | readonly Value[] {
  if (spec.list) return texts.map((text) => coerce(text, spec.type));
  if (texts.length > 1) {
    violations.push({ field: `/query/${spec.name}`, rule: "maxItems", message: "must be given at most once" });
  }
  return coerce(texts[0] ?? "", spec.type);
}

/** JSON's own number form without exponents: no blanks, no hexadecimals, no `Infinity`. */
const decimal = /^-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?$/;

function coerce(text: string, type: ParameterSpec["type"]): Value {
  if (type === "string") return text;
  if (type === "boolean") return text === "true" || (text === "false" ? false : text);
  return decimal.test(text) ? Number(text) : text;
}

const unknownParameter = (name: string): Violation => ({
  field: `/query/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
  rule: "additionalProperties",
  message: "is not a known parameter",
});
