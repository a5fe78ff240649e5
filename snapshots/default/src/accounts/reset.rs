//! Forgetting a password.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    credentials::{self, Scope},
    device,
    email::Email,
    emailed_link, hooks, lockout,
    password::{Lane, Password},
    registration::{self, PasswordAfter},
    repeat::{self, Act},
    secret::Secret,
    token::Purpose,
    user,
};
use crate::{
    app::App,
    db,
    jobs::send_letter::{News, SendLetter},
};

/// Sends a letter with a link, if somebody has this address. The answer and the work are the same if nobody has it.
pub async fn request(app: &App, email: &Email, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    registration::send_link(app, &mut tx, Purpose::ResetPassword, email).await?;
    let event = NewEvent::new(Action::ResetRequest, client);
    audit::record_about(app, &mut tx, event, email).await?;
    Ok(tx.commit().await?)
}

/// Sets a new password with an emailed link. Everything that gave access before ends.
///
/// It logs nobody in: that way it can never be a way around a second factor. False: the link is spent. The password is hashed in
/// `lane`.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed.
pub async fn finish(
    app: &App,
    link: &Secret,
    password: &Password,
    lane: Lane,
    client: &Client,
) -> anyhow::Result<bool> {
    let hash = app.hasher.in_lane(lane).hash(password).await?;
    let purpose = Purpose::ResetPassword;
    let consumed = emailed_link::consume(app, purpose, link, PasswordAfter::None).await?;
    let Some(mut held) = consumed else {
        return Ok(false);
    };
    let user_id = held.user().id;
    credentials::revoke_from(&mut held, Scope::Reset, client).await?;
    if let Some(device) = &client.device {
        device::forget_failures(&mut held, device).await?;
    }
    user::set_password(&mut held, Some(&hash)).await?;
    lockout::end(&mut held).await?;
    hooks::password_changed(held.tx(), user_id).await?;
    app.jobs
        .enqueue(held.tx(), SendLetter::about(News::PasswordChanged, user_id))
        .await?;
    held.record(app, NewEvent::new(Action::Reset, client))
        .await?;
    // That the link was used, and what for.
    let link_act = Act::link(client, Purpose::ResetPassword, link);
    for act in [link_act, act(link, password, client)] {
        repeat::remember(&mut held, act.as_ref(), None, app.now()).await?;
    }
    held.commit().await?;
    Ok(true)
}

fn act(link: &Secret, password: &Password, client: &Client) -> Option<Act> {
    Act::typed(client, "reset", &[&link.reveal(), password.text()])
}

/// Whether this browser has set this password with the link a moment ago: the second click of two. With another password it is
/// another try, and comes too late.
pub async fn is_repeated(
    app: &App,
    link: &Secret,
    password: &Password,
    client: &Client,
) -> sqlx::Result<bool> {
    let act = act(link, password, client);
    let mut connection = app.db.acquire().await?;
    let found = repeat::find(app, &mut connection, act.as_ref()).await?;
    Ok(found.is_some())
}
