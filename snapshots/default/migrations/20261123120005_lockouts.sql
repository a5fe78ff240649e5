-- Wrong passwords from devices that are not known.
create table lockouts (
  user_id blob primary key references users (id) on delete cascade,
  failures integer not null,
  failed_at text not null,
  locked_until text
);
