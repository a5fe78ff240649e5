//! Changing one's e-mail address. The new one has to be shown to be theirs, and the old one may object for three days, also
//! when the change is done: whoever loses an account to a thief still reads the letters of the old address.

use super::{
    audit::{self, Action, NewEvent},
    client::Client,
    email::Email,
    hooks, ownership, registration,
    secret::Secret,
    session,
    token::{self, Purpose, Token},
    visit::Visit,
};
use crate::{
    app::App,
    db::{self, Tx},
    id::Id,
    jobs::send_letter::SendLetter,
};

/// Sends a link to the new address and a veto to the old one. Whether the new one has an account already, only its owner
/// learns. A change that was asked for before is forgotten.
pub async fn request(app: &App, visit: &Visit, new: &Email, client: &Client) -> anyhow::Result<()> {
    let (user, now) = (&visit.user, app.now());
    let mut tx = db::begin(&app.db).await?;
    token::forget(&mut tx, user.id, Purpose::ChangeEmail).await?;
    let link = token::add(&mut tx, Purpose::ChangeEmail, user, new, now).await?;
    let veto = token::add(&mut tx, Purpose::VetoEmail, user, &user.email, now).await?;
    for letter in [link, veto] {
        app.jobs
            .enqueue(&mut tx, SendLetter::for_token(letter))
            .await?;
    }
    let event = NewEvent::new(Action::EmailChangeRequest, client).by_user(user.id);
    audit::record(app, &mut tx, event).await?;
    Ok(tx.commit().await?)
}

/// Forgets a change that was asked for.
pub async fn cancel(app: &App, user_id: Id, client: &Client) -> anyhow::Result<()> {
    let mut tx = db::begin(&app.db).await?;
    let is_cancelled = token::forget(&mut tx, user_id, Purpose::ChangeEmail).await?;
    let event = NewEvent::new(Action::EmailChangeCancel, client).by_user(user_id);
    audit::record(app, &mut tx, event.outcome(is_cancelled)).await?;
    Ok(tx.commit().await?)
}

/// The change of this person that a link from a letter belongs to. In somebody else's browser it is nothing: nobody can be
/// made to give their address to a stranger's account.
pub async fn pending(app: &App, visit: &Visit, link: &Secret) -> sqlx::Result<Option<Token>> {
    let token = token::look(&app.db, Purpose::ChangeEmail, link, app.now()).await?;
    Ok(token.filter(|token| token.user_id == visit.user.id))
}

/// Changes the address with the link that went to it, and ends every other session. False: the link is spent, or somebody
/// else has the address meanwhile.
pub async fn finish(
    app: &App,
    visit: &Visit,
    link: &Secret,
    client: &Client,
) -> anyhow::Result<bool> {
    if pending(app, visit, link).await?.is_none() {
        return Ok(false);
    }
    let user_id = visit.user.id;
    let mut tx = db::begin(&app.db).await?;
    let token = token::spend(&mut tx, Purpose::ChangeEmail, link, app.now()).await?;
    let changed = match &token {
        Some(token) => match set(app, &mut tx, user_id, &token.email).await {
            // Somebody else confirms the same address at this very moment, and was faster.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Ok(false),
            changed => changed?,
        },
        None => false,
    };
    if changed {
        session::end_others(&mut tx, &visit.session).await?;
        token::forget_all(&mut tx, user_id).await?;
        hooks::email_changed(&mut tx, user_id).await?;
        tell_the_old_address(app, &mut tx, visit).await?;
    }
    let event = NewEvent::new(Action::EmailChange, client).by_user(user_id);
    audit::record(app, &mut tx, event.outcome(changed)).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Objects with the link that went to the old address: it is theirs again, and whoever has changed it is thrown out, with
/// everything they may know or have set up. A letter brings a link to a new password. False: the link is spent.
pub async fn veto(app: &App, link: &Secret, client: &Client) -> anyhow::Result<bool> {
    let now = app.now();
    let mut tx = db::begin(&app.db).await?;
    let Some(token) = token::spend(&mut tx, Purpose::VetoEmail, link, now).await? else {
        return Ok(false);
    };
    let restored = set(app, &mut tx, token.user_id, &token.email).await?;
    if restored {
        ownership::forget_everything(&mut tx, token.user_id).await?;
        token::forget_vetoes_since(&mut tx, token.user_id, token.inserted_at).await?;
        hooks::email_changed(&mut tx, token.user_id).await?;
        let reset = token::ask(
            &mut tx,
            Purpose::ResetPassword,
            Some(&token.email),
            None,
            now,
        );
        let reset = reset.await?;
        app.jobs
            .enqueue(&mut tx, SendLetter::for_token(reset))
            .await?;
    }
    let event = NewEvent::new(Action::EmailVeto, client).by_user(token.user_id);
    audit::record(app, &mut tx, event.outcome(restored)).await?;
    tx.commit().await?;
    Ok(restored)
}

/// Gives somebody an address that they have shown to be theirs, unless another account has it.
async fn set(app: &App, tx: &mut Tx, user_id: Id, email: &Email) -> sqlx::Result<bool> {
    registration::forget_unconfirmed(app, tx, email, Some(user_id)).await?;
    let set = sqlx::query(
        "update {= users =} set email = $2, confirmed_at = coalesce(confirmed_at, $3)
         where id = $1 and deleted_at is null and not exists (
           select 1 from {= users =} other
           where other.email = $2 and other.id <> $1 and other.deleted_at is null)",
    )
    .bind(user_id)
    .bind(email)
    .bind(app.now())
    .execute(&mut **tx)
    .await?;
    Ok(set.rows_affected() == 1)
}

/// The veto's letter once more: this time it says that the change is done.
async fn tell_the_old_address(app: &App, tx: &mut Tx, visit: &Visit) -> anyhow::Result<()> {
    let vetoes: Vec<Id> = sqlx::query_scalar(
        "select id from tokens where user_id = $1 and purpose = $2 and email = $3 and expires_at > $4",
    )
    .bind(visit.user.id)
    .bind(Purpose::VetoEmail)
    .bind(&visit.user.email)
    .bind(app.now())
    .fetch_all(&mut **tx)
    .await?;
    if let Some(newest) = vetoes.into_iter().max() {
        app.jobs.enqueue(tx, SendLetter::for_token(newest)).await?;
    }
    Ok(())
}
