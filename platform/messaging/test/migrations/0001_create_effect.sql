-- What handlers did, in the order in which they did it. Nothing keeps repeats out: a double effect shows as two rows.
create table effect (
  seq bigint generated always as identity primary key,
  order_uuid uuid not null,
  version integer not null,
  type text not null
);
