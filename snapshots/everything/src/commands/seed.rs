//! People to try things out with. Everybody can read their passwords, so there are none in production.

use anyhow::Context;

use crate::{
    accounts::{
        audit::{Action, NewEvent},
        client::Client,
        email::Email,
        held::Held,
        password::Password,
        registration, user,
    },
    app::App,
    db,
};

/// The last one has not confirmed the address.
const PEOPLE: [(&str, &str, bool); 3] = [
    ("ann@example.com", "copper window thirteen birds", true),
    ("bob@example.com", "lantern orchard quiet gallop", true),
    ("eve@example.com", "pebble market violin sunrise", false),
];

/// Makes them, and says who there is. Whoever is there already stays as they are.
pub async fn run(app: &App) -> anyhow::Result<String> {
    anyhow::ensure!(
        !app.config.is_production(),
        "`seed` makes accounts whose passwords everybody can read: not in production (APP_ENV)"
    );
    let mut said = Vec::new();
    for (email, password, is_confirmed) in PEOPLE {
        said.push(match add(app, email, password, is_confirmed).await? {
            true if is_confirmed => format!("{email}  {password}"),
            true => format!("{email}  {password}  (not confirmed)"),
            false => format!("{email}  was there already"),
        });
    }
    Ok(said.join("\n"))
}

async fn add(app: &App, email: &str, password: &str, is_confirmed: bool) -> anyhow::Result<bool> {
    let email = Email::parse(email).context("this is no address")?;
    let hash = app.hasher.hash(&Password::typed(password)).await?;
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let created = registration::create(&mut tx, None, &email, Some(&hash), now).await?;
    let Some(id) = created else {
        return Ok(false);
    };
    let mut held = Held::lock(tx, id).await?.context("it was just inserted")?;
    if is_confirmed {
        user::confirm(&mut held, now).await?;
    }
    let client = Client::operator();
    held.record(app, NewEvent::new(Action::Create, &client))
        .await?;
    held.commit().await?;
    Ok(true)
}
