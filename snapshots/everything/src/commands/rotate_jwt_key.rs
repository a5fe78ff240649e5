//! The next key for access tokens.

use crate::{
    accounts::jwt::keys::rotation::{self, Takeover},
    app::App,
    texts,
};

pub fn parse(words: &[&str]) -> anyhow::Result<Takeover> {
    match words {
        [] => Ok(Takeover::Announced),
        ["--now"] => Ok(Takeover::AtOnce),
        [word, ..] => anyhow::bail!("`rotate-jwt-key` takes `--now` or nothing: what is `{word}`?"),
    }
}

/// Makes it, and says when it takes over.
pub async fn run(app: &App, takeover: Takeover) -> anyhow::Result<()> {
    println!("{}", rotate(app, takeover).await?);
    Ok(())
}

pub async fn rotate(app: &App, takeover: Takeover) -> anyhow::Result<String> {
    if app.config.jwt_secret_key.is_some() {
        anyhow::bail!("access tokens are signed with JWT_SECRET_KEY: change that instead");
    }
    let Some(signs_from) = rotation::rotate(app, takeover).await? else {
        return Ok("The next key is on its way already: nothing to do.".to_owned());
    };
    Ok(match takeover {
        Takeover::Announced => format!(
            "The next key is published. It signs from {}; the old one goes a quarter of an hour later.",
            texts::time(signs_from)?
        ),
        Takeover::AtOnce => "The next key signs, and the old ones are worth nothing: within a minute every process knows. \
             Apps get new access tokens by themselves."
            .to_owned(),
    })
}
