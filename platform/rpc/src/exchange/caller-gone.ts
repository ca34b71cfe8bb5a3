import { Code, ConnectError } from "@connectrpc/connect";

/** Why a call was aborted whose caller is no longer there. */
export const callerGone = (): ConnectError => new ConnectError("the caller went away", Code.Canceled);
