create table effect (version integer not null);
