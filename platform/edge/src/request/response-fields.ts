/** What a service says to the connection, to other services, or to browsers in the gateway's place. */
const dropped: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const isDropped = (name: string): boolean =>
  dropped.has(name) || name.startsWith("x-gantry-") || name.startsWith("access-control-");

/** The headers or trailers of a service's answer that go on to the client: names in lower case and values in turn. */
export function answerFields(raw: readonly string[]): string[] {
  const fields: string[] = [];
  let named: ReadonlySet<string> | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    if (name === "connection" && !/^(?:keep-alive|close)$/i.test(value)) named = namesIn(value);
    if (!name.startsWith(":") && !isDropped(name)) fields.push(name, value);
  }
  return named === undefined ? fields : fields.filter((_, index) => !named.has(fields[index - (index % 2)] ?? ""));
}

const namesIn = (connection: string): ReadonlySet<string> =>
  new Set(connection.split(",").map((name) => name.trim().toLowerCase()));

/** The value of a field, of the first if it is repeated. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === name) return fields[index + 1];
  return undefined;
}
