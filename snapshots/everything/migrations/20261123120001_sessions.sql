create table sessions (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- SHA-256 of what the cookie holds.
  token_hash bytea not null,
  remembered boolean not null,
  -- What is left to do before it is a full session: see accounts/login_step.rs.
  login_step text,
  -- What the user has proved in it, as names with spaces between: see accounts/proof.rs.
  proofs text not null,
  address text not null,
  agent text not null,
  -- When they last proved who they are.
  sudo_at timestamptz,
  -- Passwords and codes that are looked at, and those that were wrong, since the last right one: see accounts/session/attempts.rs.
  attempts integer not null default 0,
  attempted_at timestamptz,
  failures integer not null default 0,
  last_active_at timestamptz not null,
  reissued_at timestamptz not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create unique index sessions_token_hash_index on sessions (token_hash);
create index sessions_user_id_index on sessions (user_id);

-- What the cookie of a session held before: see accounts/session/replaced.rs.
create table replaced_secrets (
  hash bytea primary key,
  session_id bigint not null references sessions (id) on delete cascade,
  -- What the cookie has held since, hidden from everybody who does not know this one.
  successor bytea not null,
  -- The login step that was left when it was replaced. It is no good for a later one.
  login_step text,
  -- Replaced because it was old, and not because of a proof: using it too late is a sign of theft.
  by_age boolean not null,
  -- Null until its successor was used.
  ends_at timestamptz
);

create index replaced_secrets_session_id_index on replaced_secrets (session_id);
