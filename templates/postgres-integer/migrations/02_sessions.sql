create table sessions (
  id bigint primary key,
  user_id bigint not null references {= users =} (id) on delete cascade,
  -- SHA-256 of what the cookie holds, and of what it held before the last re-issue.
  token_hash bytea not null,
  old_token_hash bytea,
  remembered boolean not null,
  -- What is left to do before it is a full session: see accounts/login_step.rs.
  login_step text,
  address text not null,
  agent text not null,
  -- When they last proved who they are.
  sudo_at timestamptz,
  -- Wrong passwords since the last right one: see accounts/sudo.rs.
  password_failures integer not null default 0,
  last_active_at timestamptz not null,
  reissued_at timestamptz not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create unique index sessions_token_hash_index on sessions (token_hash);
create unique index sessions_old_token_hash_index on sessions (old_token_hash);
create index sessions_user_id_index on sessions (user_id);
