import { Code, ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";

/** The Connect code of an error as text: `not_found`. */
export const codeName = (error: unknown): string =>
  codeToString(error instanceof ConnectError ? error.code : Code.Internal);
