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
    let mut tables = vec![("{= users =}".to_owned(), "id")];
    let theirs = schema::tables_with(held.tx(), "user_id").await?;
    tables.extend(theirs.into_iter().map(|table| (table, "user_id")));
    let mut export = Map::new();
    for (table, column) in tables {
        let rows = schema::rows_as_json(held.tx(), &table, column, user_id).await?;
        export.insert(table, rows.into_iter().map(without_secrets).collect());
    }
    Ok(Value::Object(export))
}

/// Leaves out what is named as a secret, at any depth. A database without a type for JSON has it as text.
pub fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let shown = fields.filter(|(name, _)| !user_data::is_secret(name));
            Value::Object(
                shown
                    .map(|(name, value)| (name, without_secrets(value)))
                    .collect(),
            )
        }
        Value::Array(values) => values.into_iter().map(without_secrets).collect(),
        Value::String(text) => Value::String(text_without_secrets(text)),
        other => other,
    }
}

/// The same for text that may be JSON. Other text stays as it is, to the letter.
fn text_without_secrets(text: String) -> String {
    if !text.trim_start().starts_with(['{', '[']) {
        return text;
    }
    let Ok(json) = serde_json::from_str::<Value>(&text) else {
        return text;
    };
    let shown = without_secrets(json.clone());
    if shown == json {
        text
    } else {
        shown.to_string()
    }
}
