-- Wrong passwords from devices that are not known.
create table lockouts (
  user_id bigint primary key references members (id) on delete cascade,
  failures integer not null,
  failed_at timestamptz not null,
  locked_until timestamptz
);
