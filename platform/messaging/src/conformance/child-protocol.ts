import type { BrokerProcesses } from "./harness.ts";

/** What a child member does. */
export interface ChildOrders {
  readonly group: string;
  readonly topics: readonly string[];
  /** `take` finishes each batch at once; `hold` waits in the middle of the batches of these partitions until released. */
  readonly hold?: "all" | "none" | readonly number[];
}

/** The one argument of the child, as JSON. */
export interface ChildArguments extends ChildOrders, BrokerProcesses {}

/** What the child says, one JSON text a line. */
export type ChildReport =
  /** With what it holds before it reads. */
  | { readonly type: "joined"; readonly rssBytes: number }
  | { readonly type: "assigned"; readonly partitions: readonly string[] }
  | { readonly type: "batch"; readonly partition: number; readonly texts: readonly string[]; readonly rssBytes: number }
  | { readonly type: "done"; readonly partition: number };

/** What the child is told, one word a line. */
export type ChildCommand = "release" | "stop";
