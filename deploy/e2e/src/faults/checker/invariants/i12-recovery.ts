import { eventName } from "../event-name.ts";
import { finding, type Invariant } from "../violation.ts";

/** After a fault the system catches up by itself and soon. */
export const recovery: Invariant = {
  id: "I12",
  what: "the backlog is gone within the limit after the fault, and nothing is left to be sent",
  check: ({ drain, outbox }) => [
    ...(drain.tookMs <= drain.limitMs
      ? []
      : [finding("the backlog", `took ${drain.tookMs} ms to drain, more than ${drain.limitMs} ms`)]),
    ...outbox.map((row) =>
      finding(eventName(row), `is still in the outbox of ${row.service}${row.parked ? ", parked" : ""}`),
    ),
  ],
};
