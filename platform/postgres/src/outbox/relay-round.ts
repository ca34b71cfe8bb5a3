import type { AppError } from "@gantry/kernel";
import type { Connection } from "../connection.ts";
import type { Send } from "./delivery.ts";
import {
  beginRound,
  claimLanes,
  countRefusals,
  deleteRows,
  holdRows,
  LANES_PER_ROUND,
  readLanes,
} from "./relay-statements.ts";
import { type Refusal, settle } from "./settlement.ts";

/** What one round has done. */
export interface RelayRound {
  /** Events that were read. None: there was nothing to send, or other relays were at it. */
  readonly rows: number;
  /** Events that were acknowledged and deleted. */
  readonly acked: number;
  /** Events parked by this round, without those that follow them. */
  readonly parked: readonly Refusal[];
  /** The first failure. Undefined when all went well. */
  readonly error: AppError | undefined;
}

/** What a round needs. */
export interface RoundContext {
  /** Gives a connection, which the round releases. */
  readonly connect: () => Promise<Connection>;
  /** The longest the transaction may wait for the broker, in milliseconds, before the server frees the lanes. */
  readonly idleTimeoutMs: number;
  readonly deliver: Send;
  readonly failpoint: (name: string) => Promise<void>;
  /** Called when there were as many lanes as one round takes: there may be work for another loop. */
  readonly onFull: () => void;
}

const nothing: RelayRound = { rows: 0, acked: 0, parked: [], error: undefined };

/**
 * Locks some lanes, sends what stands first in them, deletes what was acknowledged, and commits. Whatever ends it early,
 * the end of the process included, the lanes are free again and the rows still there.
 */
export async function runRound(context: RoundContext): Promise<RelayRound> {
  const connection = await context.connect();
  try {
    await connection.begin(beginRound(context.idleTimeoutMs));
    const lanes = await claimLanes(connection);
    const round = lanes.length === 0 ? nothing : await relayLanes(connection, lanes, context);
    await connection.run("commit");
    if (round.rows > 0) await context.failpoint("relay.after_commit");
    return round;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

async function relayLanes(
  connection: Connection,
  lanes: readonly number[],
  context: RoundContext,
): Promise<RelayRound> {
  if (lanes.length === LANES_PER_ROUND) context.onFull();
  const rows = await readLanes(connection, lanes);
  const [held, free] = [rows.filter((row) => row.held), rows.filter((row) => !row.held)];
  if (held.length > 0) await holdRows(connection, held);
  if (free.length === 0) return { ...nothing, rows: rows.length };
  await context.failpoint("relay.after_select");
  const outcomes = await context.deliver(free.map((row) => row.record));
  await context.failpoint("relay.after_produce");
  const { done, refused, error } = settle(free, outcomes);
  if (done.length > 0) await deleteRows(connection, done);
  const parked = refused.length > 0 ? await countRefusals(connection, refused) : [];
  await context.failpoint("relay.after_delete");
  return { rows: rows.length, acked: done.length, parked, error };
}
