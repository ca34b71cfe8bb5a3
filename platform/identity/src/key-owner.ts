/** Whom a key may speak for. It is the key's name that says so, never the token it signed. */
export type KeyOwner = { readonly kind: "users" } | { readonly kind: "service"; readonly service: string };

const pattern = /^(?:users:[A-Za-z0-9._-]{1,64}|service:([a-z][a-z0-9-]{0,62})(?::[A-Za-z0-9._-]{1,64})?)$/;

/**
 * Reads a key id: `users:<generation>` or `service:<name>` with an optional `:<generation>`. The whole name counts, so a
 * key of `order` cannot speak for `order-admin`.
 */
export function keyOwner(kid: string): KeyOwner | undefined {
  const match = pattern.exec(kid);
  if (match === null) return undefined;
  const service = match[1];
  return service === undefined ? { kind: "users" } : { kind: "service", service };
}

/** What a key id may look like, for messages. */
export const KEY_ID_RULE = "users:<generation>, service:<name> or service:<name>:<generation>";
