//! Everything that is kept about somebody, for themselves.

use serde_json::{Map, Value};

use super::{
    audit::{Action, NewEvent},
    client::Client,
    held::Held,
    user_data,
};
use crate::{app::App, db::schema};

/// Their row, and every row of every table that carries their key in a column `user_id`: yours come along by themselves.
pub async fn of(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<Value> {
    let user_id = held.user().id;
    held.record(app, NewEvent::new(Action::Export, client))
        .await?;
    let mut tables = vec![("users".to_owned(), "id")];
    let theirs = schema::tables_with(held.tx(), "user_id").await?;
    tables.extend(theirs.into_iter().map(|table| (table, "user_id")));
    let mut export = Map::new();
    for (table, column) in tables {
        let rows = schema::rows_as_json(held.tx(), &table, column, user_id).await?;
        export.insert(table, rows.into_iter().map(without_secrets).collect());
    }
    Ok(Value::Object(export))
}

fn without_secrets(row: Value) -> Value {
    let Value::Object(mut row) = row else {
        return row;
    };
    row.retain(|column, _| !user_data::is_secret(column));
    Value::Object(row)
}
