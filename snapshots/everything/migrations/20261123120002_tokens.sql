-- What may be done once by whoever has read a letter.
create table tokens (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  purpose text not null,
  -- Where the letter goes.
  email text not null,
  expires_at timestamptz not null,
  inserted_at timestamptz not null
);

create index tokens_user_id_index on tokens (user_id);

-- One for each letter that was written: the SHA-256 of its link's secret.
create table token_secrets (
  hash bytea primary key,
  token_id bigint not null references tokens (id) on delete cascade,
  inserted_at timestamptz not null
);

create index token_secrets_token_id_index on token_secrets (token_id);
