import { AppError, type EventRecord, uuidv7 } from "@gantry/kernel";
import { createInbox, type Inbox, type InboxOptions, type Postgres } from "../src/index.ts";
import type { EventTables } from "./events.ts";

const versionsOf = (records: readonly EventRecord[]): readonly number[] => records.map((each) => each.version);

/** The inbox of a consumer that nobody else is, and what a consumer does with it. */
export function aConsumer(postgres: Postgres<EventTables>, options: Partial<InboxOptions> = {}) {
  const inbox = createInbox({ consumer: `consumer-${uuidv7()}`, ...options });
  return {
    inbox,
    admit: async (records: readonly EventRecord[]) =>
      versionsOf(await postgres.transaction((trx) => inbox.admit(trx, records))),
    parkAt: (records: readonly EventRecord[], version: number) => parkAt(postgres, inbox, records, version),
    replay: (failing?: number) => replay(postgres, inbox, failing),
  };
}

const bug = new AppError({ kind: "internal", reason: "BUG", message: "A bug.", meta: { secret: "nobody's business" } });

/** Admits a key's events and parks it at one of them. */
const parkAt = (
  postgres: Postgres<EventTables>,
  inbox: Inbox,
  records: readonly EventRecord[],
  version: number,
): Promise<void> =>
  postgres.transaction(async (trx) => {
    const failed = (await inbox.admit(trx, records)).find((each) => each.version === version);
    if (failed === undefined) throw new Error(`version ${version} was not admitted`);
    await inbox.park(trx, failed, bug);
  });

/** Does a replay as a consumer does; the version that it cannot handle is parked again. Undefined: nobody asked for one. */
const replay = (
  postgres: Postgres<EventTables>,
  inbox: Inbox,
  failing?: number,
): Promise<readonly number[] | undefined> =>
  postgres.transaction(async (trx) => {
    const taken = await inbox.takeReplay(trx);
    if (taken === undefined) return undefined;
    const record = taken.records.find((each) => each.version === failing);
    await inbox.replayed(trx, taken, record && { record, error: bug });
    return versionsOf(taken.records);
  });
