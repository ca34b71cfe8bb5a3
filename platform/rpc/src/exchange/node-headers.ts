import type { IncomingHttpHeaders } from "node:http";

/** Node's header object as web `Headers`; pseudo-headers of h2 are left out, repeated fields kept apart. */
export function headersFromNode(fields: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || name.startsWith(":")) continue;
    if (typeof value === "string") headers.append(name, value);
    else for (const each of value) headers.append(name, each);
  }
  return headers;
}

/** Web `Headers` as Node's header object. Only `set-cookie` can have more than one value. */
export function headersToNode(headers: Headers | undefined): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  headers?.forEach((value, name) => {
    fields[name] = name === "set-cookie" ? headers.getSetCookie() : value;
  });
  return fields;
}
