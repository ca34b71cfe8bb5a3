import type { CursorRow, InboxRow, OutboxRow, ParkedEvent, Snapshot } from "../snapshot.ts";
import type { Read } from "./database.postgres.ts";

/** What a consuming service keeps of the events it took in. */
type InboxPart = Pick<Snapshot, "inbox" | "cursors" | "parked">;

const row = `consumer, topic, aggregate_id AS key, aggregate_version AS version, event_id AS "eventId"`;

/** An event that is set aside was taken in, and has no effect yet: it counts as parked, or as waiting, not as applied. */
const aside = `SELECT consumer, event_id FROM parked UNION ALL SELECT consumer, event_id FROM resequence`;

export async function readInbox(read: Read): Promise<InboxPart> {
  return {
    inbox: await read<InboxRow>(`SELECT ${row} FROM inbox WHERE (consumer, event_id) NOT IN (${aside})`),
    cursors: await read<CursorRow>(
      `SELECT consumer, topic, aggregate_id AS key, last_version AS "lastVersion" FROM inbox_cursor`,
    ),
    parked: await read<ParkedEvent>(
      `SELECT ${row}, coalesce(reason, '') AS reason FROM parked LEFT JOIN parked_key
       USING (consumer, topic, aggregate_id)`,
    ),
  };
}

export const readOutbox = (service: string, read: Read): Promise<readonly OutboxRow[]> =>
  read<OutboxRow>(
    `SELECT '${service}' AS service, topic, aggregate_id AS key, aggregate_version AS version, event_id AS "eventId",
       parked_at IS NOT NULL AS parked FROM outbox`,
  );
