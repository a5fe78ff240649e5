-- What may be done once by whoever has read a letter.
create table tokens (
  id blob primary key,
  user_id blob not null references users (id) on delete cascade,
  purpose text not null,
  -- Where the letter goes.
  email text not null,
  expires_at text not null,
  inserted_at text not null
);

create index tokens_user_id_index on tokens (user_id);

-- One for each letter that was written: the SHA-256 of its link's secret.
create table token_secrets (
  hash blob primary key,
  token_id blob not null references tokens (id) on delete cascade,
  inserted_at text not null
);

create index token_secrets_token_id_index on token_secrets (token_id);
