-- The keys that access tokens are signed with: see accounts/jwt/keys.rs.
create table jwt_keys (
  id bigint primary key,
  -- Counts them, so that two processes cannot both make the next one.
  number integer not null,
  -- Ed25519, as it stands in the JWKS.
  public_key bytea not null,
  -- PKCS #8, sealed by the vault.
  sealed_private_key bytea not null,
  -- It is published before it signs, and as long as a token may live that it has signed.
  signs_from timestamptz not null,
  ends_at timestamptz,
  inserted_at timestamptz not null
);

create unique index jwt_keys_number_index on jwt_keys (number);

-- Where somebody is logged in with an app. Ending it ends its refresh tokens, and within a second its access tokens.
create table jwt_families (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- Names, with spaces between.
  scopes text not null,
  -- What the user has proved, as names with spaces between, and when: the claims amr and auth_time.
  proofs text not null,
  authenticated_at timestamptz not null,
  address text not null,
  agent text not null,
  last_active_at timestamptz not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create index jwt_families_user_id_index on jwt_families (user_id);
create index jwt_families_expires_at_index on jwt_families (expires_at);

create table jwt_refresh_tokens (
  id bigint primary key,
  -- SHA-256 of what the app holds.
  token_hash bytea not null,
  family_id bigint not null references jwt_families (id) on delete cascade,
  -- When it was exchanged for the next one.
  spent_at timestamptz,
  -- That one, sealed by the vault, until it has been used itself, and no longer than a minute: for responses that were lost.
  sealed_child bytea,
  inserted_at timestamptz not null
);

create unique index jwt_refresh_tokens_token_hash_index on jwt_refresh_tokens (token_hash);
create index jwt_refresh_tokens_family_id_index on jwt_refresh_tokens (family_id);

-- What an app has asked for that still has to send the second factor.
create table jwt_pending (
  session_id bigint primary key references sessions (id) on delete cascade,
  -- As in jwt_families.
  scopes text not null
);
