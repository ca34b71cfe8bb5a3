import type { Json } from "./envoy-route.ts";

const hex = "[0-9A-Fa-f]";
/** A byte of UTF-8 behind the first one of a character, encoded. */
const tail = `%[89ABab]${hex}`;
/** What a parameter may be: characters of a path segment, and encodings of others that hide nothing that a path is made of. */
const value = [
  "[\\w\\-.~!$&'()*+,=:@]",
  // ASCII without controls and # % . / ; ? \
  `%(?:2[0-24679A-Da-d]|3[0-9ACDEacde]|[46]${hex}|5[0-9ABDEFabdef]|7[0-9A-Ea-e])`,
  // UTF-8 (RFC 3629): nothing too long, no surrogates, nothing beyond.
  `%(?:[Cc][2-9A-Fa-f]|[Dd]${hex})${tail}`,
  `%(?:[Ee]0%[ABab]${hex}|[Ee][1-9ABCEFabcef]${tail}|[Ee][Dd]%[89]${hex})${tail}`,
  `%(?:[Ff]0%[9ABab]${hex}|[Ff][1-3]${tail}|[Ff]4%8${hex})${tail}${tail}`,
].join("|");

const parameter = /^\{[^}]+\}$/;
const isTemplate = (path: string): boolean => path.includes("{");

/** What requests a path stands for: itself, or any value of each of its parameters, one whole segment each. */
export function pathMatch(path: string): { readonly [name: string]: Json } {
  if (!isTemplate(path)) return { path };
  const segments = path.split("/").map((segment) => (parameter.test(segment) ? `(?:${value})+` : escaped(segment)));
  // Envoy matches the whole path; the anchors say so to people.
  return { safe_regex: { regex: `^${segments.join("/")}$` } };
}

const escaped = (literal: string): string => literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** Orders paths so that a literal segment comes before a parameter in its place: Envoy takes the first match. */
export function bySpecificity(one: string, other: string): number {
  const [a, b] = [one, other].map((path) => path.split("/").map((segment) => (parameter.test(segment) ? 1 : 0)));
  for (const [index, rank] of (a ?? []).entries()) {
    const difference = rank - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
