-- Passkeys and security keys: see accounts/passkey.rs.
create table passkeys (
  id blob primary key,
  user_id blob not null references users (id) on delete cascade,
  -- As the authenticator names it: 1023 bytes or fewer.
  credential_id blob not null,
  -- What authenticators know the user by: 16 random bytes, the same for all passkeys of a user.
  user_handle blob not null,
  -- The public key and what was said of it at registration, sealed by the vault.
  sealed_credential blob not null,
  -- login: discoverable, logs in alone. second_factor: a security key.
  kind text not null,
  name text not null,
  -- Signatures so far. 0: the authenticator does not count.
  sign_count integer not null,
  -- Whether the authenticator keeps copies elsewhere.
  backed_up boolean not null,
  last_used_at text,
  inserted_at text not null
);

create unique index passkeys_credential_id_index on passkeys (credential_id);
create index passkeys_user_id_index on passkeys (user_id);

-- What authenticators are asked to sign: see accounts/passkey/challenge.rs.
create table passkey_challenges (
  id blob primary key,
  -- SHA-256 of what the page sends back with the answer.
  hash blob not null,
  -- What the answer is for: log_in, sign_up, second_factor, sudo, password, register_login or register_second_factor.
  purpose text not null,
  -- Who may answer: a session, or before a login the browser that asked, by the SHA-256 of its secret.
  user_id blob references users (id) on delete cascade,
  session_id blob references sessions (id) on delete cascade,
  browser_hash blob,
  -- The challenge, and what it was issued with, sealed by the vault.
  sealed_state blob not null,
  expires_at text not null,
  inserted_at text not null
);

create unique index passkey_challenges_hash_index on passkey_challenges (hash);
create index passkey_challenges_user_id_index on passkey_challenges (user_id);
create index passkey_challenges_session_id_index on passkey_challenges (session_id);
create index passkey_challenges_expires_at_index on passkey_challenges (expires_at);

-- Passkeys of registrations that are not confirmed yet. No foreign key: confirming deletes the registration first.
create table registration_passkeys (
  -- Of the registration.
  id blob primary key,
  credential_id blob not null,
  user_handle blob not null,
  sealed_credential blob not null,
  name text not null,
  sign_count integer not null,
  backed_up boolean not null,
  expires_at text not null
);

create index registration_passkeys_expires_at_index on registration_passkeys (expires_at);
create index registration_passkeys_credential_id_index on registration_passkeys (credential_id);
