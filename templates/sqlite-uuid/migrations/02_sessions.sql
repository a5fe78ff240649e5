create table sessions (
  id blob primary key,
  user_id blob not null references {= users =} (id) on delete cascade,
  -- SHA-256 of what the cookie holds, and of what it held before the last re-issue.
  token_hash blob not null,
  old_token_hash blob,
  remembered boolean not null,
  -- What is left to do before it is a full session: see accounts/login_step.rs.
  login_step text,
  address text not null,
  agent text not null,
  -- When they last proved who they are.
  sudo_at text,
  -- Wrong passwords since the last right one: see accounts/sudo.rs.
  password_failures integer not null default 0,
  last_active_at text not null,
  reissued_at text not null,
  expires_at text not null,
  inserted_at text not null
);

create unique index sessions_token_hash_index on sessions (token_hash);
create unique index sessions_old_token_hash_index on sessions (old_token_hash);
create index sessions_user_id_index on sessions (user_id);
