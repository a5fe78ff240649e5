//! What the audit log says, in words.

use std::collections::HashMap;

use serde_json::{Map, Value};
use sqlx::types::Json;

use super::test_app::TestApp;
use crate::id::Id;

/// The audit log, as far as it was not read before.
pub struct AuditLog<'a> {
    test: &'a TestApp,
    read: usize,
}

#[derive(sqlx::FromRow)]
struct Row {
    action: String,
    outcome: String,
    actor_kind: String,
    actor_id: Option<Id>,
    target_kind: Option<String>,
    target_id: Option<Id>,
    user_id: Option<Id>,
    request_id: Option<String>,
    metadata: Option<Json<Map<String, Value>>>,
    address: String,
    agent: String,
}

impl<'a> AuditLog<'a> {
    /// Skips what there is.
    pub async fn from_now_on(test: &'a TestApp) -> Self {
        let mut log = Self { test, read: 0 };
        log.next().await;
        log
    }

    /// The rows since the last call: `auth.login success | user ann | user ann | ann` is the action, the actor, the target and
    /// the account it is about. Details come last, where there are any: `| proofs=password`.
    pub async fn next(&mut self) -> Vec<String> {
        let users: Vec<(Id, String)> = sqlx::query_as(
            "select id, email
             from users",
        )
        .fetch_all(&self.test.app.db)
        .await
        .unwrap();
        let users: HashMap<_, _> = users.into_iter().collect();
        let rows: Vec<Row> = sqlx::query_as(
            "select action, outcome, actor_kind, actor_id, target_kind, target_id, user_id, request_id,
               metadata, address, agent
             from audit_events order by id",
        )
        .fetch_all(&self.test.app.db)
        .await
        .unwrap();
        let new = rows.iter().skip(self.read);
        let new = new.map(|row| row.in_words(&users)).collect();
        self.read = rows.len();
        new
    }

    /// Fails unless these are the rows since the last call.
    pub async fn expect(&mut self, after: &str, rows: &[&str]) {
        assert_eq!(self.next().await, rows, "after {after}");
    }
}

impl Row {
    fn in_words(&self, users: &HashMap<Id, String>) -> String {
        let is_by_request = !matches!(self.actor_kind.as_str(), "operator" | "system");
        let request_id = self.request_id.as_ref();
        let has_request_id = request_id.is_some_and(|id| id.len() == 36);
        assert_eq!(has_request_id, is_by_request, "{}", self.action);
        let is_from_there = match self.actor_kind.as_str() {
            "operator" => self.address.is_empty() && self.agent == "command line",
            "system" => self.address.is_empty() && self.agent == "schedule",
            _ => self.address.contains('.'),
        };
        assert!(
            is_from_there,
            "{}: {} {}",
            self.action, self.address, self.agent
        );

        let user = |id: Option<Id>| match id.map(|id| users.get(&id)) {
            Some(Some(email)) => email.split('@').next().unwrap().to_owned(),
            Some(None) => "somebody".to_owned(),
            None => "-".to_owned(),
        };
        let party = |kind: Option<&str>, id: Option<Id>| match kind {
            Some("user") => format!("user {}", user(id)),
            Some("operator" | "system" | "anonymous") => {
                assert_eq!(id, None);
                kind.unwrap_or_default().to_owned()
            }
            Some(kind) => {
                assert!(id.is_some(), "{kind} without an id");
                kind.to_owned()
            }
            None => "-".to_owned(),
        };
        let details = self.metadata.iter().flat_map(|details| &details.0);
        let details = details.map(|(name, value)| match value {
            Value::String(text) => format!("{name}={text}"),
            value => format!("{name}={value}"),
        });
        let mut details: Vec<_> = details.collect();
        details.sort();
        let details = details.join(", ");
        let details = match details.as_str() {
            "" => String::new(),
            details => format!(" | {details}"),
        };
        format!(
            "{} {} | {} | {} | {}{details}",
            self.action,
            self.outcome,
            party(Some(&self.actor_kind), self.actor_id),
            party(self.target_kind.as_deref(), self.target_id),
            user(self.user_id)
        )
    }
}
