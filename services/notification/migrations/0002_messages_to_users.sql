-- A message may be for a person whose chat is asked for when it is sent: chat_id is then user:<uuid>, and the person's messages
-- keep their order as a chat's do. SKIPPED: there is no such person, or they want no messages.
alter table notification
  drop constraint notification_state_check,
  add constraint notification_state_check
    check (state in ('PENDING', 'SENDING', 'SENT', 'FAILED', 'SKIPPED', 'UNKNOWN')),
  drop constraint notification_sent_is_over,
  add constraint notification_sent_is_over check (state not in ('SENT', 'FAILED', 'SKIPPED') or due_at is null);
