//! Changing one's e-mail address. The new one has to be shown to be theirs, and the old one may object for three days, also
//! when the change is done: whoever loses an account to a thief still reads the letters of the old address.

use super::{
    audit::{Action, NewEvent},
    client::Client,
    credentials::{self, Scope},
    deletion,
    email::Email,
    held::{Held, HeldSession},
    hooks, registration,
    repeat::{self, Act},
    secret::Secret,
    token::{self, Purpose, Token},
    user::{self, User},
    visit::Visit,
};
use crate::{app::App, id::Id, jobs::send_letter::SendLetter};

/// Sends a link to the new address and a veto to the old one, if that is confirmed. Whether the new one has an account already,
/// only its owner learns. Links of earlier requests work still: the first one that is used ends the others.
pub async fn request(
    app: &App,
    held: &mut Held,
    new: &Email,
    client: &Client,
) -> anyhow::Result<()> {
    let (user, now) = (held.user().clone(), app.now());
    let link = token::add(held, Purpose::ChangeEmail, new, now).await?;
    let mut letters = vec![link];
    // Who has only registered the old address has no right to write to its owner, nor the owner one to this account.
    if user.confirmed_at.is_some() {
        letters.push(token::add(held, Purpose::VetoEmail, &user.email, now).await?);
    }
    for letter in letters {
        app.jobs
            .enqueue(held.tx(), SendLetter::for_token(letter))
            .await?;
    }
    held.record(app, NewEvent::new(Action::EmailChangeRequest, client))
        .await?;
    repeat::remember(held, act(&user, new, client).as_ref(), None, now).await?;
    Ok(())
}

/// Whether the same browser asked for the same change a moment ago, and the link still works: the second click of two.
pub async fn is_repeated(
    app: &App,
    held: &mut Held,
    new: &Email,
    client: &Client,
) -> sqlx::Result<bool> {
    let (act, now) = (act(held.user(), new, client), app.now());
    if repeat::find(app, held.connection(), act.as_ref())
        .await?
        .is_none()
    {
        return Ok(false);
    }
    let link = "select id from tokens where user_id = $1 and purpose = $2 and email = $3 and expires_at > $4";
    let found = sqlx::query(link)
        .bind(held.user().id)
        .bind(Purpose::ChangeEmail)
        .bind(new)
        .bind(now)
        .fetch_optional(held.connection())
        .await?;
    Ok(found.is_some())
}

fn act(user: &User, new: &Email, client: &Client) -> Option<Act> {
    let user = user.id.to_string();
    Act::new(client, "change of email", &[&user, new.as_str()])
}

/// Forgets a change that was asked for. Where there is none, nothing is written.
pub async fn cancel(app: &App, held: &mut Held, client: &Client) -> anyhow::Result<()> {
    if token::end_for(held, Purpose::ChangeEmail).await? {
        let event = NewEvent::new(Action::EmailChangeCancel, client);
        held.record(app, event).await?;
    }
    Ok(())
}

/// The change of this person that a link from a letter belongs to. In somebody else's browser it is nothing: nobody can be
/// made to give their address to a stranger's account.
pub async fn pending(app: &App, visit: &Visit, link: &Secret) -> sqlx::Result<Option<Token>> {
    let token = token::look(&app.db, Purpose::ChangeEmail, link, app.now()).await?;
    Ok(token.filter(|token| token.user_id == visit.user.id))
}

/// Changes the address with the link that went to it, and ends every other session. False: the link is spent, or somebody
/// else has the address meanwhile; then the link stays valid. None: the session has ended.
pub async fn finish(
    app: &App,
    visit: &Visit,
    link: &Secret,
    client: &Client,
) -> anyhow::Result<Option<bool>> {
    let Some(found) = pending(app, visit, link).await? else {
        return Ok(Some(false));
    };
    let tx = registration::begin_taking(app, &found.email, visit.user.id).await?;
    let Some(mut held) = visit.hold_in(app, tx).await? else {
        return Ok(None);
    };
    let is_changed = take(app, &mut held, link, client).await?;
    if is_changed {
        held.commit().await?;
    }
    Ok(Some(is_changed))
}

async fn take(
    app: &App,
    held: &mut HeldSession,
    link: &Secret,
    client: &Client,
) -> anyhow::Result<bool> {
    let old = held.user().email.clone();
    let Some(token) = token::spend(held, Purpose::ChangeEmail, link, app.now()).await? else {
        return Ok(false);
    };
    if !is_allowed(app, held.user(), &token.email) || !set(app, held, &token.email, client).await? {
        return Ok(false);
    }
    credentials::revoke_others(held, Scope::EmailChange, client).await?;
    let user_id = held.user().id;
    hooks::email_changed(held.tx(), user_id).await?;
    tell_the_old_address(app, held, &old).await?;
    held.record(app, NewEvent::new(Action::EmailChange, client))
        .await?;
    let act = Act::link(client, Purpose::ChangeEmail, link);
    repeat::remember(held, act.as_ref(), None, app.now()).await?;
    Ok(true)
}

/// Whether the user may have this address. One who has never confirmed theirs still has to be let in by `REGISTRATION`.
pub fn is_allowed(app: &App, user: &User, new: &Email) -> bool {
    user.confirmed_at.is_some() || app.config.registration.allows(new)
}

/// Objects with the link that went to the old address: it is theirs again, and whoever has changed it is thrown out, with
/// everything they may know or have set up, and the deletion they may have asked for. Only the second factor stays: with the
/// old mailbox alone nobody gets in, also where its owner has left it to somebody else. A letter brings a link to a new
/// password. False: the link is spent, or nothing could be restored; then it stays valid.
pub async fn veto(app: &App, link: &Secret, client: &Client) -> anyhow::Result<bool> {
    let Some(found) = token::look(&app.db, Purpose::VetoEmail, link, app.now()).await? else {
        return Ok(false);
    };
    let tx = registration::begin_taking(app, &found.email, found.user_id).await?;
    let Some(mut held) = Held::lock(tx, found.user_id).await? else {
        return Ok(false);
    };
    let Some(token) = token::spend(&mut held, Purpose::VetoEmail, link, app.now()).await? else {
        return Ok(false);
    };
    if !set(app, &mut held, &token.email, client).await? {
        return Ok(false);
    }
    let user_id = held.user().id;
    credentials::revoke(&mut held, Scope::Veto).await?;
    deletion::forget(&mut held).await?;
    token::end_vetoes_since(&mut held, token.inserted_at).await?;
    hooks::email_changed(held.tx(), user_id).await?;
    let reset = token::add(&mut held, Purpose::ResetPassword, &token.email, app.now());
    let reset = reset.await?;
    app.jobs
        .enqueue(held.tx(), SendLetter::for_token(reset))
        .await?;
    held.record(app, NewEvent::new(Action::EmailVeto, client))
        .await?;
    let act = Act::link(client, Purpose::VetoEmail, link);
    repeat::remember(&mut held, act.as_ref(), None, app.now()).await?;
    held.commit().await?;
    Ok(true)
}

/// Gives the user an address that they have shown to be theirs, unless another account has shown the same. Whoever has only
/// registered it, loses it.
async fn set(app: &App, held: &mut Held, email: &Email, client: &Client) -> anyhow::Result<bool> {
    let user_id = held.user().id;
    registration::release(app, held, email, client).await?;
    let set = sqlx::query(
        "update members set email = $2
         where id = $1 and not exists (
           select 1 from members other
           where other.email = $2 and other.id <> $1 and other.deleted_at is null)",
    )
    .bind(user_id)
    .bind(email)
    .execute(held.connection())
    .await?;
    if set.rows_affected() == 0 {
        return Ok(false);
    }
    held.reload().await?;
    // One who had not confirmed the address before has shown now that this one is theirs.
    if user::confirm(held, app.now()).await? {
        held.record(app, NewEvent::new(Action::Confirm, client))
            .await?;
    }
    Ok(true)
}

/// The veto's letter once more: this time it says that the change is done.
async fn tell_the_old_address(app: &App, held: &mut Held, old: &Email) -> anyhow::Result<()> {
    let vetoes: Vec<Id> = sqlx::query_scalar(
        "select id from tokens where user_id = $1 and purpose = $2 and email = $3 and expires_at > $4",
    )
    .bind(held.user().id)
    .bind(Purpose::VetoEmail)
    .bind(old)
    .bind(app.now())
    .fetch_all(held.connection())
    .await?;
    if let Some(newest) = vetoes.into_iter().max() {
        app.jobs
            .enqueue(held.tx(), SendLetter::for_token(newest))
            .await?;
    }
    Ok(())
}
