import { createContextKey } from "@connectrpc/connect";

/** What the interceptors tell the access log about a call. */
export interface CallRecord {
  traceId?: string;
  /** Who called: `user:<uuid>` or `service:<name>`. */
  caller?: string;
  /** The Connect code as text, `ok` for success. */
  code?: string;
  reason?: string;
}

export const callRecordKey = createContextKey<CallRecord | undefined>(undefined, { description: "call record" });
