//! A form that makes a token, sent twice: the second click of two.

use super::text::Text;
use crate::{
    accounts::{
        held::Held,
        repeat::{self, Act},
    },
    app::App,
};

/// Returns the token that the same form made a moment ago, for the page that shows it once more. None: it made none, or that
/// token has been revoked since.
pub async fn find(app: &App, held: &mut Held, act: Option<&Act>) -> sqlx::Result<Option<Text>> {
    let first = repeat::find(app, held.connection(), act).await?;
    let Some(secret) = first.and_then(|first| first.secret) else {
        return Ok(None);
    };
    let text = Text::of(&app.config, &secret);
    let found = sqlx::query("select id from api_tokens where token_hash = $1 and user_id = $2")
        .bind(text.hash())
        .bind(held.user().id)
        .fetch_optional(held.connection())
        .await?;
    Ok(found.map(|_| text))
}
