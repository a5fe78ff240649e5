-- What may be done once by whoever has read a letter.
create table tokens (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  purpose text not null,
  -- Where the letter goes.
  email text not null,
  -- SHA-256 of what the browser that asked holds.
  browser_hash bytea,
  -- Codes tried so far.
  tries integer not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create index tokens_user_id_index on tokens (user_id);
create index tokens_browser_hash_index on tokens (browser_hash);

-- One for each letter that was written: the SHA-256 of its link's secret, and its code, signed.
create table token_secrets (
  hash bytea primary key,
  token_id bigint not null references tokens (id) on delete cascade,
  code_hash bytea,
  code_expires_at timestamptz,
  inserted_at timestamptz not null
);

create index token_secrets_token_id_index on token_secrets (token_id);
