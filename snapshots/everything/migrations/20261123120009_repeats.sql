-- What a browser has done that works once, so that doing it again within a minute has the same result: see accounts/repeat.rs.
create table repeats (
  -- HMAC-SHA-256 of what was done, with a key that only the browser has.
  hash bytea primary key,
  user_id bigint references members (id) on delete cascade,
  -- The session that it began, and the secret of that, hidden from everybody but this browser.
  session_id bigint references sessions (id) on delete cascade,
  secret bytea,
  inserted_at timestamptz not null
);

create index repeats_user_id_index on repeats (user_id);
create index repeats_session_id_index on repeats (session_id);
create index repeats_inserted_at_index on repeats (inserted_at);
