ALTER TABLE orders
  DROP CONSTRAINT orders_payment_method_check,
  ADD CONSTRAINT orders_payment_method_check
    CHECK (payment_method IN ('CARD', 'SBP', 'CREDIT_CARD', 'INVESTOR_MONEY', 'WALLET')),
  ADD COLUMN payment_failure text
    CHECK (payment_failure IN ('INSUFFICIENT_FUNDS', 'CURRENCY_MISMATCH', 'REFUSED')),
  ADD COLUMN cancel_reason text CHECK (cancel_reason IN ('REQUESTED', 'UNPAID_TOO_LONG')),
  -- Until when the order can be paid, on the database's clock.
  ADD COLUMN expires_at timestamptz;

-- Orders that wait at this moment get the whole time again; for the others it is a fact without effect.
UPDATE orders SET
  expires_at = CASE WHEN status IN ('PENDING_PAYMENT', 'PAYING') THEN date_trunc('milliseconds', clock_timestamp())
                    ELSE created_at END + interval '10 minutes',
  cancel_reason = CASE WHEN status = 'CANCELLED' THEN 'REQUESTED' END;

-- When the sweeper may take the order up, on the database's clock: at its deadline while nobody pays it, and when a payment
-- should have been finished. Set as long as there is something to finish.
DROP INDEX orders_paying;
ALTER TABLE orders DROP CONSTRAINT orders_check1;
ALTER TABLE orders RENAME COLUMN payment_due_at TO sweep_at;
UPDATE orders SET sweep_at = expires_at WHERE status = 'PENDING_PAYMENT';

ALTER TABLE orders
  ALTER COLUMN expires_at SET NOT NULL,
  ADD CONSTRAINT orders_sweep_check CHECK ((status IN ('PENDING_PAYMENT', 'PAYING')) = (sweep_at IS NOT NULL)),
  ADD CONSTRAINT orders_cancel_check CHECK ((status = 'CANCELLED') = (cancel_reason IS NOT NULL)),
  ADD CONSTRAINT orders_failure_check CHECK (payment_failure IS NULL OR status = 'PENDING_PAYMENT');

CREATE INDEX orders_unfinished ON orders (sweep_at) WHERE sweep_at IS NOT NULL;

ALTER TABLE order_history ADD COLUMN payment_failure text
  CHECK ((cause = 'PAYMENT_REFUSED') = (payment_failure IS NOT NULL));

-- Kept answers are orders as they were; they had no deadline then.
UPDATE idempotency SET answer = jsonb_set(answer, '{order,expires_at}', to_jsonb(orders.expires_at))
FROM orders
WHERE orders.order_uuid = idempotency.order_uuid AND answer IS NOT NULL;

-- Events that came for an order which could not take them: money or a ship without an order. Somebody has to look.
CREATE TABLE rejected_event (
  event_id      uuid PRIMARY KEY,
  type          text NOT NULL,
  order_uuid    uuid NOT NULL REFERENCES orders,
  -- The order as it was when the event came.
  order_status  text NOT NULL,
  order_version integer NOT NULL,
  facts         jsonb NOT NULL,
  rejected_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
