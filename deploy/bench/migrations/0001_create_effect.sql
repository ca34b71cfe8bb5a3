create table effect (order_uuid uuid primary key);
