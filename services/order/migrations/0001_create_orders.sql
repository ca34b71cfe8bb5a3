CREATE TABLE orders (
  order_uuid       uuid PRIMARY KEY,
  user_uuid        uuid NOT NULL,
  status           text NOT NULL
                   CHECK (status IN ('NEW', 'PENDING_PAYMENT', 'PAYING', 'PAID', 'ASSEMBLED', 'CANCELLED', 'FAILED')),
  version          integer NOT NULL CHECK (version >= 1),
  total_minor      bigint NOT NULL CHECK (total_minor BETWEEN 0 AND 9007199254740991),
  currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  payment_method   text CHECK (payment_method IN ('CARD', 'SBP', 'CREDIT_CARD', 'INVESTOR_MONEY')),
  transaction_uuid uuid UNIQUE,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL,
  -- When the sweeper may take over a payment that nobody finished, on the database's clock. Set while PAYING.
  payment_due_at   timestamptz,
  CHECK ((status IN ('PAID', 'ASSEMBLED')) = (transaction_uuid IS NOT NULL)),
  CHECK ((status = 'PAYING') = (payment_due_at IS NOT NULL)),
  CHECK (status NOT IN ('PAYING', 'PAID', 'ASSEMBLED') OR payment_method IS NOT NULL)
);

CREATE INDEX orders_by_user ON orders (user_uuid, created_at DESC, order_uuid DESC);
CREATE INDEX orders_paying ON orders (payment_due_at) WHERE status = 'PAYING';

CREATE TABLE order_items (
  order_uuid       uuid NOT NULL REFERENCES orders,
  position         smallint NOT NULL,
  part_uuid        uuid NOT NULL,
  name             text NOT NULL,
  quantity         integer NOT NULL CHECK (quantity >= 1),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor BETWEEN 0 AND 9007199254740991),
  PRIMARY KEY (order_uuid, position)
);

CREATE TABLE order_history (
  order_uuid  uuid NOT NULL REFERENCES orders,
  version     integer NOT NULL,
  from_status text,
  to_status   text NOT NULL,
  cause       text NOT NULL,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (order_uuid, version)
);

-- One row per Idempotency-Key of a person and operation. `answer` is the order as it was first answered; it is null while
-- a payment is under way.
CREATE TABLE idempotency (
  user_uuid   uuid NOT NULL,
  operation   text NOT NULL CHECK (operation IN ('createOrder', 'payOrder')),
  key         text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
  fingerprint text NOT NULL,
  order_uuid  uuid NOT NULL,
  answer      jsonb,
  expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '24 hours',
  PRIMARY KEY (user_uuid, operation, key)
);

CREATE INDEX idempotency_unanswered ON idempotency (order_uuid) WHERE answer IS NULL;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
