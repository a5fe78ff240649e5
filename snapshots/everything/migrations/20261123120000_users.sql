-- What keys are counted with: see id.rs.
create sequence ids as bigint;

create table members (
  id bigint primary key,
  -- Normalised: see accounts/email.rs.
  email text not null,
  -- Argon2id, in PHC form. None: they come in another way.
  password_hash text,
  confirmed_at timestamptz,
  -- Since when you have shut them out: the command `user suspend`.
  suspended_at timestamptz,
  -- When the account will be deleted, if its owner does not come back.
  deletion_at timestamptz,
  -- Since when a second factor is asked for at every log-in. Null: it is off.
  second_factor_at timestamptz,
  -- Wrong codes in a row, in whatever sessions: see accounts/second_factor/code.rs.
  second_factor_failures integer not null default 0,
  -- Since when it is deleted, and since when what was known of the person is gone.
  deleted_at timestamptz,
  erased_at timestamptz,
  inserted_at timestamptz not null
);

-- The living only: a deleted account gives its address back.
create unique index members_email_index on members (email) where deleted_at is null;
create index members_deletion_at_index on members (deletion_at);
