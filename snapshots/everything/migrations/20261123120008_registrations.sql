-- Who has registered and has still to show that the email is theirs. Several may have registered the same one.
create table registrations (
  -- The user will have this key, too.
  id bigint primary key,
  -- Normalised: see accounts/email.rs.
  email text not null,
  -- Argon2id, in PHC form. None: something else was registered to log in with.
  password_hash text,
  -- The account, where users may log in before they confirm.
  user_id bigint references members (id) on delete cascade,
  -- SHA-256 of what the browser that registered holds.
  browser_hash bytea not null,
  -- Codes tried so far, of whichever email.
  tries integer not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create unique index registrations_browser_hash_index on registrations (browser_hash);
create index registrations_email_index on registrations (email);
create index registrations_user_id_index on registrations (user_id);
create index registrations_expires_at_index on registrations (expires_at);

-- One for each email that was written: the SHA-256 of its link's secret, and its code, signed.
create table registration_secrets (
  hash bytea primary key,
  registration_id bigint not null references registrations (id) on delete cascade,
  -- What the link does: confirm, log_in or reset_password.
  purpose text not null,
  code_hash bytea,
  code_expires_at timestamptz,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create index registration_secrets_registration_id_index on registration_secrets (registration_id);
