-- Payments can come from a wallet.
alter table payment drop constraint payment_payment_method_check;
alter table payment add constraint payment_payment_method_check
  check (payment_method in ('CARD', 'SBP', 'CREDIT_CARD', 'INVESTOR_MONEY', 'WALLET'));
-- what a debit refers to
alter table payment add constraint payment_order_transaction unique (order_uuid, transaction_uuid);

-- A person's wallet. The first entry says which currency it holds.
create table account (
  user_uuid uuid primary key,
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- minor units, up to 2^53 - 1 as the contract says
  balance_minor bigint not null default 0 check (balance_minor between 0 and 9007199254740991),
  -- counts the entries
  version int not null default 0 check (version >= 0),
  last_entry int generated always as (nullif(version, 0)) stored,
  constraint account_empty_before_first_entry
    check (case version when 0 then balance_minor = 0 and currency is null else currency is not null end)
);

-- What went in and out. An entry begins with the balance that the entry before it left, so the balance of the last one is the
-- sum of all, and the account repeats the last one: both by foreign key. NULL (none before the first) is not checked.
create table ledger_entry (
  user_uuid uuid not null references account,
  version int not null check (version >= 1),
  previous_version int generated always as (nullif(version - 1, 0)) stored,
  entry_uuid uuid not null unique,
  kind text not null check (kind in ('TOP_UP', 'PAYMENT')),
  currency text not null,
  amount_minor bigint not null check (amount_minor between 0 and 9007199254740991),
  previous_balance_minor bigint not null,
  balance_minor bigint not null check (balance_minor between 0 and 9007199254740991),
  order_uuid uuid unique,
  idempotency_key text check (idempotency_key ~ '^[\x21-\x7e]{1,255}$'),
  created_at timestamptz not null default clock_timestamp(),
  primary key (user_uuid, version),
  unique (user_uuid, version, currency, balance_minor),
  unique (user_uuid, idempotency_key),
  constraint ledger_entry_moves_amount check (
    balance_minor = previous_balance_minor + case kind when 'TOP_UP' then amount_minor else -amount_minor end
  ),
  constraint ledger_entry_begins_with_nothing check (version > 1 or previous_balance_minor = 0),
  constraint ledger_entry_continues foreign key (user_uuid, previous_version, currency, previous_balance_minor)
    references ledger_entry (user_uuid, version, currency, balance_minor),
  constraint ledger_entry_order_iff_payment check ((kind = 'PAYMENT') = (order_uuid is not null)),
  constraint ledger_entry_key_iff_top_up check ((kind = 'TOP_UP') = (idempotency_key is not null)),
  -- no debit without the decision that the order is paid by it
  constraint ledger_entry_pays foreign key (order_uuid, entry_uuid) references payment (order_uuid, transaction_uuid)
);

-- Both are written by one statement: it is checked at its end.
alter table account add constraint account_is_an_entry foreign key (user_uuid, last_entry, currency, balance_minor)
  references ledger_entry (user_uuid, version, currency, balance_minor);

create function ledger_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'entries of the ledger are final' using errcode = 'restrict_violation';
end
$$;

create trigger ledger_is_final before update or delete or truncate on ledger_entry
  for each statement execute function ledger_is_final();

-- A request to pay an order from the wallet of a person: one for each time the order asked.
create table wallet_request (
  -- the order of arrival
  seq bigint generated always as identity primary key,
  order_uuid uuid not null,
  -- the version of the OrderPaymentRequested that asked
  order_version int not null check (order_version >= 1),
  user_uuid uuid not null,
  amount_minor bigint not null check (amount_minor between 0 and 9007199254740991),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  state text not null default 'WAITING' check (state in ('WAITING', 'COMPLETED', 'FAILED')),
  transaction_uuid uuid,
  failure_reason text check (failure_reason in ('INSUFFICIENT_FUNDS', 'CURRENCY_MISMATCH', 'VOIDED', 'REFUSED')),
  received_at timestamptz not null default clock_timestamp(),
  -- when it stops waiting for funds
  due_at timestamptz not null,
  -- when to look at it next: at once, when something changed for it, or when it is due
  attend_at timestamptz not null default clock_timestamp(),
  -- how often it could not be looked at
  attempts int not null default 0,
  settled_at timestamptz,
  -- the trace of the event that asked
  trace jsonb not null default '{}',
  unique (order_uuid, order_version),
  constraint wallet_request_outcome check (
    (state = 'COMPLETED') = (transaction_uuid is not null)
    and (state = 'FAILED') = (failure_reason is not null)
    and (state = 'WAITING') = (settled_at is null)
  )
) with (fillfactor = 80);

create index wallet_request_attend on wallet_request (attend_at) where state = 'WAITING';
create index wallet_request_of_user on wallet_request (user_uuid, seq) where state = 'WAITING';

create function wallet_request_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'request % of order % is settled', old.order_version, old.order_uuid using errcode = 'restrict_violation';
end
$$;

create trigger wallet_request_is_final before update or delete on wallet_request
  for each row when (old.state <> 'WAITING') execute function wallet_request_is_final();

-- Counts the events about an order, so that their versions have no gap.
create table payment_event_counter (
  order_uuid uuid primary key,
  last_version int not null check (last_version >= 1)
);
