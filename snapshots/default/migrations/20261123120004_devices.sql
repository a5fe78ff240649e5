-- A browser in which somebody has logged in before.
create table devices (
  id blob primary key,
  user_id blob not null references users (id) on delete cascade,
  -- SHA-256 of what its cookie holds.
  token_hash blob not null,
  -- Wrong passwords from here, since the last right one.
  failures integer not null,
  last_used_at text not null,
  inserted_at text not null
);

create unique index devices_user_id_index on devices (user_id, token_hash);
create index devices_token_hash_index on devices (token_hash);
create index devices_last_used_at_index on devices (last_used_at);
