import { propertyName, quote } from "./quote.ts";

/** Plain data as TypeScript on one line: `{ auth: "SESSION", deadlineMs: 5000 }`. Members that are undefined are left out. */
export function literal(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} is no plain data`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (members.length === 0) return "{}";
  return `{ ${members.map(([name, member]) => `${memberName(name)}: ${literal(member)}`).join(", ")} }`;
}

/** `__proto__: x` in a literal sets the prototype, also when quoted; only a computed name makes it a plain member. */
const memberName = (name: string): string => (name === "__proto__" ? '["__proto__"]' : propertyName(name));
