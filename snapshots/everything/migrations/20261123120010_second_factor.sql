-- Authenticator apps: see accounts/totp.rs. A user has one that was confirmed, and each session one that is being set up.
create table totp_secrets (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- 160 bits, sealed by the vault.
  sealed_secret bytea not null,
  -- The last time step that a code was accepted of. No code is accepted twice.
  last_step bigint,
  -- Null: no correct code has come from it yet, so it is worth nothing.
  confirmed_at timestamptz,
  last_used_at timestamptz,
  -- Where it is being set up: what another session has begun is not this user's to confirm. Null once it is confirmed.
  session_id bigint references sessions (id) on delete cascade,
  inserted_at timestamptz not null
);

create unique index totp_secrets_confirmed_index on totp_secrets (user_id) where confirmed_at is not null;
create unique index totp_secrets_session_id_index on totp_secrets (session_id);
create index totp_secrets_user_id_index on totp_secrets (user_id);

-- For users without their authenticator app. One that is used is deleted.
create table backup_codes (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- The same for all codes of a user, so that one hash of what was typed is enough for all.
  salt bytea not null,
  -- Argon2id.
  code_hash bytea not null,
  inserted_at timestamptz not null
);

create unique index backup_codes_user_id_index on backup_codes (user_id, code_hash);

-- Browsers that are not asked for the second factor for a while: see accounts/trusted_browser.rs.
create table trusted_browsers (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- SHA-256 of what its cookie holds.
  token_hash bytea not null,
  -- The same of what it held before it was used last, which is accepted for a minute.
  old_token_hash bytea,
  address text not null,
  agent text not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create unique index trusted_browsers_token_hash_index on trusted_browsers (token_hash);
create index trusted_browsers_user_id_index on trusted_browsers (user_id);
create index trusted_browsers_expires_at_index on trusted_browsers (expires_at);
