create table audit_events (
  id blob primary key,
  action text not null,
  -- success or failure
  outcome text not null,
  -- user, api_token, connected_app, operator, system or anonymous
  actor_kind text not null,
  actor_id blob,
  -- What was acted on.
  target_kind text,
  target_id blob,
  -- Whose account it is about. No foreign key: the row outlives the user.
  user_id blob,
  -- Details, without secrets.
  metadata text,
  -- As in the log. None: a command or a job.
  request_id text,
  address text not null,
  agent text not null,
  inserted_at text not null
);

create index audit_events_user_id_index on audit_events (user_id, inserted_at);
create index audit_events_actor_id_index on audit_events (actor_id, inserted_at);
create index audit_events_action_index on audit_events (action, inserted_at);
create index audit_events_inserted_at_index on audit_events (inserted_at);
