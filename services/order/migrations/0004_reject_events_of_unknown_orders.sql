-- An event may also name an order that this database never had, as after it was restored from a backup.
ALTER TABLE rejected_event
  DROP CONSTRAINT rejected_event_order_uuid_fkey,
  ALTER COLUMN order_status DROP NOT NULL,
  ALTER COLUMN order_version DROP NOT NULL;
