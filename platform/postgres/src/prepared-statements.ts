import { createHash } from "node:crypto";

/** Texts beyond these are sent unnamed: a server connection keeps every plan until it closes. */
const MAX_STATEMENTS = 200;

const names = new Map<string, string>();

/**
 * The name under which a statement is prepared, the same in every process, or undefined when this process has named enough.
 * Parsing and planning a statement of several parts can cost more than running it; a named one is planned once for each
 * server connection.
 */
export function statementName(sql: string): string | undefined {
  const known = names.get(sql);
  if (known !== undefined || names.size >= MAX_STATEMENTS) return known;
  const name = `g_${createHash("sha256").update(sql).digest("base64url").slice(0, 22)}`;
  names.set(sql, name);
  return name;
}
