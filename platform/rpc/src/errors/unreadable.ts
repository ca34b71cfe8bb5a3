import { Code, ConnectError } from "@connectrpc/connect";

/** How protobuf-es begins, and what it names: the message or the field. What follows quotes the request. */
const badJson = /^cannot decode (?:message|field) ([\w.]+) from JSON/;
/** How Connect begins; it calls this an error of the server's. */
const badBinary = /^parse binary:/;

/** What to say about a request that cannot be read. */
export interface Unreadable {
  readonly code: Code;
  readonly message: string;
}

/**
 * The library's words about a request that it cannot read, said without quoting from it: what is quoted may be a password,
 * and error texts end up in logs. Undefined for every other text.
 */
export function unreadable(text: string): Unreadable | undefined {
  const json = badJson.exec(text);
  if (json !== null) return refused(`${json[1]} cannot be read from the JSON that came.`);
  return badBinary.test(text)
    ? refused("The message cannot be read: it is not a protobuf message of its type.")
    : undefined;
}

const refused = (message: string): Unreadable => ({ code: Code.InvalidArgument, message });

/** The same for an error. */
export function withoutQuotes(error: ConnectError): ConnectError {
  const said = unreadable(error.rawMessage);
  return said === undefined ? error : new ConnectError(said.message, said.code, error.metadata, undefined, error.cause);
}
