-- One row for each message to a person: a row is committed as SENDING before Telegram hears of it, so that no crash can make
-- a message that was perhaps sent look as if it was not.
create table notification (
  -- the order in which a chat gets its messages
  id bigint generated always as identity primary key,
  event_id uuid not null,
  chat_id text not null,
  kind text not null check (kind in ('ORDER_PAID', 'SHIP_ASSEMBLED', 'GREETING')),
  order_uuid uuid,
  text text not null check (length(text) between 1 and 10000),
  state text not null default 'PENDING' check (state in ('PENDING', 'SENDING', 'SENT', 'FAILED', 'UNKNOWN')),
  attempts integer not null default 0,
  -- attempts of which nobody knows whether they arrived; at most so many duplicates there are
  unknowns integer not null default 0,
  -- when it is to be sent next; null when it is over
  due_at timestamptz default clock_timestamp(),
  started_at timestamptz,
  message_id bigint,
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  unique (event_id, chat_id, kind),
  constraint notification_over_iff_not_due check ((due_at is null) = (finished_at is not null)),
  constraint notification_sent_is_over check (state not in ('SENT', 'FAILED') or due_at is null),
  constraint notification_open_is_due check (state not in ('PENDING', 'SENDING') or due_at is not null)
);

create index notification_waiting on notification (chat_id, id) where due_at is not null;
create index notification_started on notification (chat_id, started_at);
-- one sender for each chat, whatever the replicas do
create unique index notification_one_sender on notification (chat_id) where state = 'SENDING';

-- The one bot. Its limits are Telegram's limits for the bot, so all replicas share them here.
create table telegram_bot (
  only_one boolean primary key default true check (only_one),
  -- nothing is sent before: the pace, and what Telegram asked us to wait
  next_send_at timestamptz not null default '-infinity',
  -- updates below are read and answered
  next_update_id bigint not null default 0,
  poller uuid,
  polls_until timestamptz not null default '-infinity'
);
insert into telegram_bot default values;
