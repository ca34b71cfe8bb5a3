-- Orders that changed before changes had events, and up to which version. Consumers apply versions 1, 2, 3 and would wait for
-- ever for the first ones. The service tells them afterwards, because events are made in code, and then forgets the rows.
CREATE TABLE untold_order (
  order_uuid uuid PRIMARY KEY REFERENCES orders,
  version    integer NOT NULL
);

INSERT INTO untold_order (order_uuid, version)
SELECT order_uuid, version FROM orders
WHERE NOT EXISTS (
  SELECT FROM order_history
  WHERE order_history.order_uuid = orders.order_uuid
    AND cause NOT IN ('CREATED', 'PAY_REQUESTED', 'PAYMENT_CONFIRMED', 'CANCEL_REQUESTED')
);
