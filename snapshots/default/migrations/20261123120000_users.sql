create table users (
  id blob primary key,
  -- Normalised: see accounts/email.rs.
  email text not null,
  -- Argon2id, in PHC form. None: they come in another way.
  password_hash text,
  confirmed_at text,
  inserted_at text not null
);

create unique index users_email_index on users (email);
