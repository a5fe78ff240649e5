create table api_tokens (
  id bigint primary key,
  user_id bigint not null references members (id) on delete cascade,
  -- What its owner calls it.
  name text not null,
  -- SHA-256 of the token, and its last four characters.
  token_hash bytea not null,
  last_four text not null,
  -- Names, with spaces between.
  scopes text not null,
  -- None: it works until it is revoked.
  expires_at timestamptz,
  last_used_at timestamptz,
  inserted_at timestamptz not null
);

create unique index api_tokens_token_hash_index on api_tokens (token_hash);
create index api_tokens_user_id_index on api_tokens (user_id, id);
create index api_tokens_expires_at_index on api_tokens (expires_at);
