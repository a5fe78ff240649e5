-- Wrong passwords from devices that are not known.
create table lockouts (
  user_id uuid primary key references {= users =} (id) on delete cascade,
  failures integer not null,
  failed_at timestamptz not null,
  locked_until timestamptz
);
