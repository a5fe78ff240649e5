-- What may be done once by whoever has read a letter.
create table tokens (
  id blob primary key,
  user_id blob not null references users (id) on delete cascade,
  purpose text not null,
  -- Where the letter goes.
  email text not null,
  -- SHA-256 of what the browser that asked holds.
  browser_hash blob,
  -- Codes tried so far.
  tries integer not null,
  expires_at text not null,
  inserted_at text not null
);

create index tokens_user_id_index on tokens (user_id);
create index tokens_browser_hash_index on tokens (browser_hash);

-- One for each letter that was written: the SHA-256 of its link's secret, and its code, signed.
create table token_secrets (
  hash blob primary key,
  token_id blob not null references tokens (id) on delete cascade,
  code_hash blob,
  code_expires_at text,
  inserted_at text not null
);

create index token_secrets_token_id_index on token_secrets (token_id);
