import { AppError, type ErrorKind, type SendOutcome, uuidv7 } from "@gantry/kernel";
import { describe, expect, test } from "vitest";
import { type OutboxRow, settle } from "./settlement.ts";

const acked: SendOutcome = { acked: true };
const failed = (kind: ErrorKind): SendOutcome => ({
  acked: false,
  error: new AppError({ kind, reason: "TEST", message: "A test." }),
});

/** Rows 1, 2, 3 … of the keys named. */
function rowsOf(...keys: readonly string[]): OutboxRow[] {
  const uuids = new Map(keys.map((key) => [key, uuidv7()]));
  return keys.map((name, index) => ({
    lane: 0,
    id: BigInt(index + 1),
    held: false,
    record: {
      eventId: uuidv7(),
      type: "test.v1.Happened",
      topic: "order.events.v1",
      key: uuids.get(name) ?? "",
      version: index + 1,
      payload: new Uint8Array(),
      headers: {},
    },
  }));
}

const idsOf = (rows: readonly { readonly id: bigint }[]): readonly number[] => rows.map(({ id }) => Number(id));

describe("settling a round", () => {
  test("is done with all that was acknowledged", () => {
    const settlement = settle(rowsOf("a", "b", "a"), [acked, acked, acked]);
    expect(idsOf(settlement.done)).toEqual([1, 2, 3]);
    expect(settlement).toMatchObject({ refused: [], error: undefined });
  });

  test("is done with the acknowledged prefix of each key only", () => {
    const rows = rowsOf("a", "b", "a", "a", "b", "b");
    const settlement = settle(rows, [acked, acked, failed("timeout"), acked, acked, failed("unavailable")]);
    expect(idsOf(settlement.done)).toEqual([1, 2, 5]);
    expect(settlement.error).toMatchObject({ kind: "timeout" });
  });

  test("keeps keys apart that have the same id in two topics", () => {
    const [first, second] = rowsOf("a", "a");
    if (first === undefined || second === undefined) throw new Error("two rows");
    const elsewhere = { ...second, record: { ...second.record, topic: "other.events.v1" } };
    expect(idsOf(settle([first, elsewhere], [failed("timeout"), acked]).done)).toEqual([2]);
  });

  test.each<[ErrorKind, number]>([
    ["payload_too_large", 1],
    ["invalid_argument", 1],
    ["unavailable", 0],
    ["timeout", 0],
    ["failed_precondition", 0],
    ["permission_denied", 0],
    ["internal", 0],
  ])("of a broker that answers %s to everything, blames %d events", (kind, refused) => {
    expect(settle(rowsOf("a"), [failed(kind)]).refused).toHaveLength(refused);
  });

  test("blames the event for an unforeseen error when others got through, and only the first of its key", () => {
    const settlement = settle(rowsOf("a", "b", "b"), [acked, failed("internal"), failed("payload_too_large")]);
    expect(idsOf(settlement.refused)).toEqual([2]);
  });

  test("takes a missing outcome for a failure", () => {
    expect(idsOf(settle(rowsOf("a", "b"), [acked]).done)).toEqual([1]);
  });
});
