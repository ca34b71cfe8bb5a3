-- One row for each order: the decision about it, made once and never changed. Whoever inserts first decides.
create table payment (
  order_uuid uuid primary key,
  decision text not null check (decision in ('PAY', 'VOID')),
  transaction_uuid uuid unique,
  user_uuid uuid,
  payment_method text check (payment_method in ('CARD', 'SBP', 'CREDIT_CARD', 'INVESTOR_MONEY')),
  -- minor units, up to 2^53 - 1 as the contract says
  amount_minor bigint check (amount_minor between 0 and 9007199254740991),
  currency text check (currency ~ '^[A-Z]{3}$'),
  decided_at timestamptz not null default clock_timestamp(),
  constraint payment_facts_iff_paid check (
    num_nonnulls(transaction_uuid, user_uuid, payment_method, amount_minor, currency)
      = case decision when 'PAY' then 5 else 0 end
  )
);

create function payment_is_final() returns trigger language plpgsql as $$
begin
  raise exception 'a decision about a payment is final (order %)', old.order_uuid using errcode = 'restrict_violation';
end
$$;

create trigger payment_is_final before update or delete on payment
  for each row execute function payment_is_final();
