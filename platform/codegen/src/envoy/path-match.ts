import type { Json } from "./envoy-route.ts";

const parameter = /^\{[^}]+\}$/;
const isTemplate = (path: string): boolean => path.includes("{");

/** What requests a path stands for: itself, or any value of each of its parameters, one whole segment each. */
export function pathMatch(path: string): { readonly [name: string]: Json } {
  if (!isTemplate(path)) return { path };
  const segments = path.split("/").map((segment) => (parameter.test(segment) ? "[^/]+" : escaped(segment)));
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
