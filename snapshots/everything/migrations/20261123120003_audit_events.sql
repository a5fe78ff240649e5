create table audit_events (
  id bigint primary key,
  action text not null,
  -- success or failure
  outcome text not null,
  -- No foreign key: the row outlives the person.
  user_id bigint,
  address text not null,
  agent text not null,
  inserted_at timestamptz not null
);

create index audit_events_user_id_index on audit_events (user_id, inserted_at);
create index audit_events_action_index on audit_events (action, inserted_at);
create index audit_events_inserted_at_index on audit_events (inserted_at);
