import type { ConnectError } from "@connectrpc/connect";

const exposed = new WeakSet<ConnectError>();

/**
 * Marks an error that was made for the caller of this handler on purpose: its code, text, details and metadata go out as
 * they are. The way out for what an `AppError` cannot say, for instance a code or a detail of a foreign contract. Every
 * other `ConnectError` that a handler throws is hidden, because it may be an upstream's.
 *
 * @throws TypeError for an error that a client received: translate it instead
 */
export function exposeError(error: ConnectError): ConnectError {
  if (error.isWireError) throw new TypeError("an upstream's error is never relayed raw: translate it");
  return markExposed(error);
}

/** The same for what Connect itself says about a request. */
export function markExposed(error: ConnectError): ConnectError {
  exposed.add(error);
  return error;
}

export const isExposed = (error: ConnectError): boolean => exposed.has(error);
