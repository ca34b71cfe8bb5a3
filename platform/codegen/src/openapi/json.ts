/** A value as JSON knows it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names that every object answers to by inheritance. A member of such a name would be found where there is none. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

export const isInheritedName = (name: string): boolean => inherited.has(name);
