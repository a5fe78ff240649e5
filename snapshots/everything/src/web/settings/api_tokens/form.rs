//! What is asked of somebody who makes a token.

use time::Duration;
use url::form_urlencoded;

use crate::{
    accounts::{
        api::{scope::Scopes, token::New},
        client::Client,
        repeat::Act,
        visit::Visit,
    },
    app::App,
    texts::api_tokens as texts,
};

/// What was typed and ticked. An empty number of days is for ever.
pub struct Form {
    pub name: String,
    pub scopes: Vec<String>,
    pub days: String,
}

impl Form {
    /// As the page shows it first.
    pub fn empty() -> Self {
        Self {
            name: String::new(),
            scopes: Vec::new(),
            days: "90".to_owned(),
        }
    }

    /// A box that is ticked comes once for each scope, which `axum::Form` does not read.
    pub fn read(body: &[u8]) -> Self {
        let mut form = Self {
            days: String::new(),
            ..Self::empty()
        };
        for (field, value) in form_urlencoded::parse(body) {
            match &*field {
                "name" => form.name = value.into_owned(),
                "scopes" => form.scopes.push(value.into_owned()),
                "days" => form.days = value.into_owned(),
                _ => (),
            }
        }
        form
    }

    /// What sending it is, so that a second click makes no second token.
    pub fn act(&self, client: &Client, visit: &Visit) -> Option<Act> {
        let session = visit.session.id.to_string();
        let scopes = self.scopes.iter().map(String::as_str);
        let fields = [session.as_str(), &self.name, &self.days];
        let fields: Vec<&str> = fields.into_iter().chain(scopes).collect();
        Act::new(client, "new API token", &fields)
    }

    pub fn check(&self, app: &App) -> Result<New, Errors> {
        let mut errors = Errors::default();
        let name = name(&self.name);
        if name.is_none() {
            errors.name = Some(texts::NAME_MISSING);
        }
        let scopes = Scopes::named(self.scopes.iter().map(String::as_str)).unwrap_or_default();
        if scopes.is_empty() {
            errors.scopes = Some(texts::SCOPE_MISSING);
        }
        let lifetime = texts::LIFETIMES
            .iter()
            .find(|(days, _)| written(*days) == self.days);
        if lifetime.is_none() {
            errors.lifetime = Some(texts::LIFETIME_WRONG);
        }
        match (name, lifetime) {
            (Some(name), Some((days, _))) if !scopes.is_empty() => Ok(New {
                name,
                scopes,
                expires_at: days.map(|days| app.now() + Duration::days(days)),
            }),
            _ => Err(errors),
        }
    }
}

/// What is wrong, by field; `all` with the whole.
#[derive(Default)]
pub struct Errors {
    pub all: Option<&'static str>,
    pub name: Option<&'static str>,
    pub scopes: Option<&'static str>,
    pub lifetime: Option<&'static str>,
}

/// What a token may be called: something that people can read.
pub fn name(typed: &str) -> Option<String> {
    let name = typed.trim();
    let is_good =
        !name.is_empty() && typed.chars().count() <= 64 && !typed.contains(char::is_control);
    is_good.then(|| name.to_owned())
}

/// How many days, as the form sends it.
pub fn written(days: Option<i64>) -> String {
    days.map(|days| days.to_string()).unwrap_or_default()
}
