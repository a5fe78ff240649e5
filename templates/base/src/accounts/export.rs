//! Everything that is kept about somebody, for themselves.

use serde_json::{Map, Value};

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
};
use crate::{
    app::App,
    db::{self, schema},
    id::Id,
};

/// Columns that prove something are left out: they are of no use to their owner, only to a thief.
const SECRETS: [&str; 3] = ["hash", "secret", "sealed"];

/// Their row, and every row of every table that carries their key in a column `user_id`: yours come along by themselves.
pub async fn of(app: &App, user_id: Id, client: &Client) -> anyhow::Result<Value> {
    let mut tx = db::begin(&app.db).await?;
    let event = NewEvent::new(Action::Export, client).by_user(user_id);
    audit::record(app, &mut tx, event).await?;
    let mut tables = vec![("{= users =}".to_owned(), "id")];
    let theirs = schema::tables_with(&mut tx, "user_id").await?;
    tables.extend(theirs.into_iter().map(|table| (table, "user_id")));
    let mut export = Map::new();
    for (table, column) in tables {
        let rows = schema::rows_as_json(&mut tx, &table, column, user_id).await?;
        export.insert(table, rows.into_iter().map(without_secrets).collect());
    }
    tx.commit().await?;
    Ok(Value::Object(export))
}

fn without_secrets(row: Value) -> Value {
    let Value::Object(mut row) = row else {
        return row;
    };
    row.retain(|column, _| !SECRETS.iter().any(|secret| column.contains(secret)));
    Value::Object(row)
}
