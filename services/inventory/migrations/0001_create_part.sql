-- A part as its contract writes it in JSON (gantry.inventory.v1.Part), without the stock: that one changes with every order.
create table part (
  part_uuid uuid primary key,
  document jsonb not null check (jsonb_typeof(document) = 'object'),
  stock integer not null check (stock between 0 and 1000000000),
  constraint part_uuid_is_in_document check ((document ->> 'partUuid')::uuid = part_uuid),
  constraint part_price_is_money check (
    (document #>> '{price,minor}')::bigint between 0 and 9007199254740991
    and document #>> '{price,currency}' ~ '^[A-Z]{3}$'
  )
);

create unique index part_sku on part ((document ->> 'sku'));

-- What a listing filters by. Each holds the id too, so that a page comes in order from the index.
create index part_name on part ((document ->> 'name'), part_uuid);
create index part_category on part ((document ->> 'category'), part_uuid);
create index part_country on part ((document #>> '{manufacturer,country}'), part_uuid);
create index part_tags on part using gin ((document -> 'tags'));
