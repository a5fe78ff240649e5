//! What you can do to somebody's account from a terminal. Whoever may use it may read the database, so here it is no secret who
//! has an account.

use anyhow::Context;

use crate::{
    accounts::{
        client::Client,
        confirmation::{self, Vouched},
        email::Email,
        held::Held,
        log_out, registration, second_factor, suspension, user,
    },
    app::App,
};

const HELP: &str = "say what to do to whom:
  user create EMAIL                an account without a password; a letter brings a link to set one
  user confirm EMAIL               the address is theirs, without a letter
  user suspend EMAIL               shuts them out, at once
  user unsuspend EMAIL             lets them in again
  user log-out EMAIL               ends all their sessions
  user log-out --everyone          ends everybody's sessions
  user remove-second-factor EMAIL  for a user who has lost it: be sure who asks";

#[derive(PartialEq, Eq, Debug)]
pub enum Command {
    Create(Email),
    Confirm(Email),
    Suspend(Email),
    Unsuspend(Email),
    LogOut(Email),
    RemoveSecondFactor(Email),
    LogOutEveryone,
}

impl Command {
    pub fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let (what, whom) = match words {
            ["log-out", "--everyone"] => return Ok(Self::LogOutEveryone),
            [what, whom] => (what, whom),
            _ => anyhow::bail!(HELP),
        };
        let command = match *what {
            "create" => Self::Create,
            "confirm" => Self::Confirm,
            "suspend" => Self::Suspend,
            "unsuspend" => Self::Unsuspend,
            "log-out" => Self::LogOut,
            "remove-second-factor" => Self::RemoveSecondFactor,
            other => anyhow::bail!("there is no `user {other}`: {HELP}"),
        };
        let email =
            Email::parse(whom).with_context(|| format!("`{whom}` is not an e-mail address"))?;
        Ok(command(email))
    }

    /// Does it, and says what is different now.
    pub async fn run(&self, app: &App) -> anyhow::Result<String> {
        match self {
            Self::Create(email) => create(app, email).await,
            Self::Confirm(email) => confirm(app, email).await,
            Self::Suspend(email) => suspend(app, email).await,
            Self::Unsuspend(email) => unsuspend(app, email).await,
            Self::LogOut(email) => log_out(app, email).await,
            Self::RemoveSecondFactor(email) => remove_second_factor(app, email).await,
            Self::LogOutEveryone => log_out_everyone(app).await,
        }
    }
}

async fn create(app: &App, email: &Email) -> anyhow::Result<String> {
    if !registration::invite(app, email, &Client::operator()).await? {
        anyhow::bail!("{email} has an account already");
    }
    Ok(format!(
        "{email} has an account now. A letter with a link to set a password leaves as soon as `serve` or `worker` runs."
    ))
}

async fn confirm(app: &App, email: &Email) -> anyhow::Result<String> {
    match confirmation::vouch(app, email, &Client::operator()).await? {
        Vouched::Confirmed => Ok(format!("{email} is confirmed.")),
        Vouched::Already => Ok(format!("{email} was confirmed already.")),
        Vouched::Nobody => anyhow::bail!("nobody has an account with the address {email}"),
        Vouched::Several => anyhow::bail!(
            "{email} was registered more than once, with different passwords: whoever reads its letters has to confirm"
        ),
    }
}

async fn suspend(app: &App, email: &Email) -> anyhow::Result<String> {
    let mut held = hold(app, email).await?;
    let is_new = suspension::suspend(app, &mut held, &Client::operator()).await?;
    held.commit().await?;
    Ok(match is_new {
        true => format!("{email} is shut out, and logged out everywhere."),
        false => format!("{email} was shut out already."),
    })
}

async fn unsuspend(app: &App, email: &Email) -> anyhow::Result<String> {
    let mut held = hold(app, email).await?;
    let is_new = suspension::unsuspend(app, &mut held, &Client::operator()).await?;
    held.commit().await?;
    Ok(match is_new {
        true => format!("{email} can log in again."),
        false => format!("{email} was not shut out."),
    })
}

async fn log_out(app: &App, email: &Email) -> anyhow::Result<String> {
    let mut held = hold(app, email).await?;
    log_out::everywhere(app, &mut held, &Client::operator()).await?;
    held.commit().await?;
    Ok(format!("{email} is logged out everywhere."))
}

async fn remove_second_factor(app: &App, email: &Email) -> anyhow::Result<String> {
    let mut held = hold(app, email).await?;
    let was_on = second_factor::remove_by_operator(app, &mut held, &Client::operator()).await?;
    held.commit().await?;
    Ok(match was_on {
        true => format!(
            "{email} logs in without a second factor now, and is logged out everywhere. An email tells them."
        ),
        false => format!("{email} has no second factor."),
    })
}

async fn log_out_everyone(app: &App) -> anyhow::Result<String> {
    let ended = log_out::everyone(app, &Client::operator()).await?;
    Ok(format!("Everybody is logged out. Sessions ended: {ended}."))
}

async fn hold(app: &App, email: &Email) -> anyhow::Result<Held> {
    let held = match user::by_email(&app.db, Some(email)).await? {
        Some(user) => Held::by_operator(app, user.id).await?,
        None => None,
    };
    held.with_context(|| format!("nobody has an account with the address {email}"))
}
