-- A browser in which somebody has logged in before.
create table devices (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- SHA-256 of what its cookie holds.
  token_hash bytea not null,
  -- Wrong passwords from here, since the last right one.
  failures integer not null,
  last_used_at timestamptz not null,
  inserted_at timestamptz not null
);

create unique index devices_user_id_index on devices (user_id, token_hash);
create index devices_token_hash_index on devices (token_hash);
create index devices_last_used_at_index on devices (last_used_at);
