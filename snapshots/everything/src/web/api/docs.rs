//! The OpenAPI document as a page: no script, and nothing from elsewhere.

use askama::Template;
use axum::{extract::State, response::Response};
use serde_json::{Map, Value};

use super::openapi;
use crate::{
    app::App,
    texts::api_tokens::docs as texts,
    web::{
        error::Error,
        page::{self, Page},
    },
};

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Show {
    page: Page,
    groups: Vec<Group>,
}

struct Group {
    name: String,
    says: String,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: String,
    title: String,
    description: String,
    /// The scope that a token needs, or what else.
    needs: String,
    parameters: Vec<Field>,
    body: Option<Body>,
    answers: Vec<Answer>,
}

struct Body {
    fields: Vec<Field>,
    example: String,
}

struct Field {
    name: String,
    kind: String,
    is_required: bool,
    says: String,
}

struct Answer {
    status: String,
    says: String,
    /// What is in a good answer. Problems all look alike.
    body: Option<Body>,
}

pub async fn show(State(app): State<App>, page: Page) -> Result<Response, Error> {
    if !app.config.api_docs {
        return Err(Error::NotFound);
    }
    let document = serde_json::to_value(openapi::document(&app))?;
    let groups = groups(&document);
    page::show(Show { page, groups })
}

/// The operations by their tags, in the order of the tags.
fn groups(document: &Value) -> Vec<Group> {
    let tags = document["tags"].as_array().into_iter().flatten();
    let group = |tag: &Value| Group {
        name: text(&tag["name"]),
        says: text(&tag["description"]),
        operations: operations(document)
            .filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
            .map(|(method, path, operation)| Operation::new(document, method, path, operation))
            .collect(),
    };
    tags.map(group).collect()
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    entries(&document["paths"]).flat_map(|(path, methods)| {
        entries(methods).map(move |(method, operation)| (method, path, operation))
    })
}

impl Operation {
    fn new(document: &Value, method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            title: text(&operation["summary"]),
            description: text(&operation["description"]),
            needs: needs(&operation["security"]),
            parameters: parameters.map(parameter).collect(),
            body: body(document, &operation["requestBody"]["content"]),
            answers: entries(&operation["responses"])
                .map(|(status, answer)| Answer::new(document, status, answer))
                .collect(),
        }
    }
}

impl Answer {
    fn new(document: &Value, status: &str, answer: &Value) -> Self {
        let is_good = status.starts_with('2');
        Self {
            status: status.to_owned(),
            says: text(&answer["description"]),
            body: body(document, &answer["content"]).filter(|_| is_good),
        }
    }
}

fn needs(security: &Value) -> String {
    match (&security[0]["bearer"][0], &security[0]["session"]) {
        (Value::String(scope), _) => scope.clone(),
        (_, Value::Array(_)) => texts::SESSION.to_owned(),
        _ => texts::PUBLIC.to_owned(),
    }
}

fn parameter(parameter: &Value) -> Field {
    Field {
        name: text(&parameter["name"]),
        kind: kind(&parameter["schema"]),
        is_required: parameter["required"] == true,
        says: text(&parameter["description"]),
    }
}

fn body(document: &Value, content: &Value) -> Option<Body> {
    let (_, content) = entries(content).next()?;
    let schema = resolve(document, &content["schema"]);
    let example = match &content["example"] {
        Value::Null => example(document, schema),
        example => example.clone(),
    };
    Some(Body {
        fields: fields(document, schema),
        example: match example {
            Value::Null => String::new(),
            example => format!("{example:#}"),
        },
    })
}

/// What a schema says to be an example, or one made of those of its parts.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if schema["type"] == "array" {
        return Value::Array(vec![example(document, &schema["items"])]);
    }
    let parts = entries(&schema["properties"]);
    let parts: Map<String, Value> = parts
        .map(|(name, part)| (name.to_owned(), example(document, part)))
        .collect();
    match parts.is_empty() {
        true => Value::Null,
        false => Value::Object(parts),
    }
}

/// The fields of an object, and of those that it is put together from.
fn fields(document: &Value, schema: &Value) -> Vec<Field> {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let parts = parts.flat_map(|part| fields(document, resolve(document, part)));
    let required = schema["required"].as_array();
    let own = entries(&schema["properties"]).map(|(name, field)| Field {
        name: name.to_owned(),
        kind: kind(field),
        is_required: required.is_some_and(|names| names.iter().any(|known| known == name)),
        says: text(&field["description"]),
    });
    parts.chain(own).collect()
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = schema["$ref"].as_str();
    let name = name.and_then(|name| name.strip_prefix('#'));
    name.and_then(|name| document.pointer(name))
        .unwrap_or(schema)
}

/// `string`, `integer or null`, `list of string`.
fn kind(schema: &Value) -> String {
    let plain = |kind: &Value| match kind.as_str() {
        Some("array") => format!("list of {}", kind_of_items(schema)),
        Some(kind) => kind.to_owned(),
        None => "object".to_owned(),
    };
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(plain).collect::<Vec<_>>().join(" or "),
        kind => plain(kind),
    }
}

fn kind_of_items(schema: &Value) -> String {
    match schema["items"]["type"].as_str() {
        Some(kind) => kind.to_owned(),
        None => "object".to_owned(),
    }
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let object = object.as_object().into_iter().flatten();
    object.map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
