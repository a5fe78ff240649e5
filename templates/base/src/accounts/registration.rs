//! Registering, and what becomes of a registration once its email is proved.
//!
//! Anybody can type any email, so registering changes nothing for others who have the email, or have registered it, too.

pub mod code;
mod first_method;
mod held_email;
mod invitation;
pub mod pending;

use anyhow::Context;
use time::OffsetDateTime;

use self::pending::PendingRegistration;
pub use self::{
    first_method::FirstMethod,
    held_email::{HeldEmail, PasswordAfter, begin_taking},
    invitation::invite,
};
use super::{
    audit::{self, Action, NewEvent, Target},
    client::Client,
    credentials::{self, Scope},
    deletion,
    email::Email,
    held::Held,
    hooks, repeat,
    secret::Secret,
    token::{self, Purpose},
    user,
};
use crate::{
    app::App,
    config::Unconfirmed,
    db::{self, Tx},
    id::{self, Id},
    jobs::send_letter::SendLetter,
    limits::Exceeded,
};

/// Registers an email and sends a letter to it. The secret is for the browser: with it, the code in the letter is enough, and
/// it can ask for another letter.
///
/// An email that has an account gets the same answer after the same work, and another letter: the job decides which one,
/// when nobody is waiting for it. Nobody is logged in here, and where unconfirmed users are blocked there is no user yet.
///
/// # Errors
/// [`Busy`](super::password::Busy) when too many passwords are waiting to be hashed, [`Exceeded`] when there were too many
/// registrations from this network.
pub async fn register(
    app: &App,
    email: &Email,
    method: FirstMethod<'_>,
    client: &Client,
) -> anyhow::Result<Secret> {
    let hash = method.password_hash(app).await?;
    let browser = Secret::random()?;
    let now = app.now();

    let mut tx = db::begin(&app.db).await?;
    let act = method.act(email, client);
    if let Some(first) = repeat::claim(app, &mut tx, act.as_ref(), &browser).await? {
        return Ok(first);
    }
    let is_told = count(app, email, client)?;
    let user_id = match app.config.unconfirmed {
        Unconfirmed::Blocked => None,
        Unconfirmed::Banner => create(&mut tx, None, email, hash.as_deref(), now).await?,
    };
    let id = pending::insert(&mut tx, email, hash.as_deref(), user_id, &browser, now).await?;
    //% if passkeys
    super::passkey::sign_up::keep(app, &mut tx, id, &method, client).await?;
    //% endif
    if is_told {
        app.jobs.enqueue(&mut tx, SendLetter::with_code(id)).await?;
    }
    let owner = user::by_email(&mut *tx, Some(email)).await?;
    let event = NewEvent::new(Action::Register, client);
    let event = match owner.filter(|owner| Some(owner.id) != user_id) {
        Some(owner) => event
            .about(Some(owner.id))
            .outcome(owner.confirmed_at.is_none()),
        None => event.about(Some(id)).on(Target::Registration(id)),
    };
    audit::record(app, &mut tx, event).await?;
    tx.commit().await?;
    Ok(browser)
}

/// Counts a registration, which the second click of two is not. Returns whether it is told by email: it is, within the budget of
/// the address, which anybody can use up. Beyond it the response is the same, and the browser that has registered can ask for
/// the email by a budget of its own.
fn count(app: &App, email: &Email, client: &Client) -> Result<bool, Exceeded> {
    let limits = &app.limits;
    limits.register.count(client.network)?;
    let budgets = [&limits.register_email, &limits.confirm_email_hourly];
    Ok(budgets.iter().all(|budget| budget.allows(email.as_str())))
}

/// Asks for a letter with a link for whoever has this email. Where nobody has the account yet, but somebody has registered it,
/// the link does the same for that registration, and confirms it. The work is the same where nobody has the email at all, and
/// no letter ends what another one has brought.
pub async fn send_link(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    email: &Email,
) -> anyhow::Result<()> {
    user::lock_by_email(tx, Some(email)).await?;
    let now = app.now();
    let token_id = token::ask(tx, purpose, Some(email), now).await?;
    let pending = pending::of_email(tx, email, now).await?;
    let letter = match pending.first() {
        Some(id) => SendLetter::for_registration(*id, purpose),
        None => SendLetter::for_token(token_id),
    };
    app.jobs.enqueue(tx, letter).await
}

/// Turns a registration whose email was just proved into a user, and ends every other registration of that email.
///
/// None: the email has a confirmed account, or may not register any more. Then nothing is committed, so that nothing is
/// consumed.
pub async fn complete(
    app: &App,
    proved: HeldEmail,
    pending: &PendingRegistration,
    password: PasswordAfter,
) -> anyhow::Result<Option<Held>> {
    //% if passkeys
    let keeps_passkey = matches!(password, PasswordAfter::Registered);
    //% endif
    let mut held = match &proved.account {
        Some(user) if user.confirmed_at.is_some() => return Ok(None),
        Some(user) => {
            let id = user.id;
            adopt(hold(proved.tx, id).await?, pending, password).await?
        }
        None if !app.config.registration.allows(&pending.email) => return Ok(None),
        None => become_user(app, proved.tx, pending, password.hash(pending)).await?,
    };
    user::confirm(&mut held, app.now()).await?;
    //% if passkeys
    if keeps_passkey {
        super::passkey::sign_up::complete(app, &mut held, pending.id).await?;
    }
    //% endif
    Ok(Some(held))
}

/// Confirms the account that has an email, because an operator says that it is theirs.
pub async fn confirm_account(app: &App, vouched: HeldEmail) -> anyhow::Result<Held> {
    let id = vouched.account.map(|user| user.id);
    let mut held = hold(vouched.tx, id.context("the email has an account")?).await?;
    user::confirm(&mut held, app.now()).await?;
    Ok(held)
}

/// The same for a registration that has no account yet.
pub async fn complete_unproved(
    app: &App,
    vouched: HeldEmail,
    pending: &PendingRegistration,
) -> anyhow::Result<Held> {
    let hash = PasswordAfter::Registered.hash(pending);
    let mut held = become_user(app, vouched.tx, pending, hash).await?;
    user::confirm(&mut held, app.now()).await?;
    //% if passkeys
    super::passkey::sign_up::complete(app, &mut held, pending.id).await?;
    //% endif
    Ok(held)
}

async fn become_user(
    app: &App,
    mut tx: Tx,
    pending: &PendingRegistration,
    hash: Option<String>,
) -> anyhow::Result<Held> {
    // The account that it had made has lost the email since: another user cannot have its key.
    let id = Some(pending.id).filter(|_| pending.user_id.is_none());
    let id = create(&mut tx, id, &pending.email, hash.as_deref(), app.now()).await?;
    hold(tx, id.context("the email was locked and free")?).await
}

async fn hold(tx: Tx, user_id: Id) -> anyhow::Result<Held> {
    let held = Held::lock(tx, user_id).await?;
    held.context("the account was locked, and is gone")
}

/// Gives an account that nobody has confirmed to whoever has proved the email: an invitation, or one that somebody else has
/// registered. What others have set up there is gone. (Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX 2022.)
async fn adopt(
    mut held: Held,
    pending: &PendingRegistration,
    password: PasswordAfter,
) -> anyhow::Result<Held> {
    let user_id = held.user().id;
    let is_own = pending.user_id == Some(user_id);
    if is_own && matches!(password, PasswordAfter::Registered) {
        return Ok(held);
    }
    credentials::revoke(&mut held, Scope::FirstProof).await?;
    deletion::forget(&mut held).await?;
    let hash = password.hash(pending);
    user::set_password(&mut held, hash.as_deref()).await?;
    Ok(held)
}

/// Takes an email away from an account that has never proved it, for the user who is held, who has. That account is closed, and
/// what hangs on it goes the way of every deleted account.
pub async fn release(
    app: &App,
    held: &mut Held,
    email: &Email,
    client: &Client,
) -> anyhow::Result<()> {
    db::lock_email(held.tx(), email.as_str()).await?;
    let owner = user::by_email(held.connection(), Some(email)).await?;
    let prover = held.user().id;
    let is_unproved = |owner: &user::User| owner.id != prover && owner.confirmed_at.is_none();
    if let Some(owner) = owner.filter(is_unproved) {
        deletion::close_unproved(app, held, owner.id, client).await?;
    }
    Ok(pending::end_all(held, email).await?)
}

/// Creates a user, unless there is one with this email. `id` is a key that was drawn before.
pub async fn create(
    tx: &mut Tx,
    id: Option<Id>,
    email: &Email,
    password_hash: Option<&str>,
    now: OffsetDateTime,
) -> anyhow::Result<Option<Id>> {
    db::lock_email(tx, email.as_str()).await?;
    let id = match id {
        Some(id) => id,
        None => id::next(tx).await?,
    };
    let inserted = sqlx::query(
        "insert into {= users =} (id, email, password_hash, inserted_at)
         values ($1, $2, $3, $4) on conflict do nothing",
    )
    .bind(id)
    .bind(email)
    .bind(password_hash)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(None);
    }
    hooks::registered(tx, id).await?;
    Ok(Some(id))
}
