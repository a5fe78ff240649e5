//! What a user registers to log in with.

use crate::{
    accounts::{client::Client, email::Email, password::Password, repeat::Act},
    app::App,
};

/// A user begins with one of these, and can add the others later.
pub enum FirstMethod<'a> {
    Password(&'a Password),
    Passkey(&'a crate::accounts::passkey::new_passkey::NewPasskey),
}

impl FirstMethod<'_> {
    /// Hashes the password. None: it is no password.
    ///
    /// # Errors
    /// [`Busy`](crate::accounts::password::Busy) when too many passwords are waiting to be hashed.
    pub(super) async fn password_hash(&self, app: &App) -> anyhow::Result<Option<String>> {
        match self {
            Self::Password(password) => Ok(Some(app.hasher.hash(password).await?)),
            Self::Passkey(_) => Ok(None),
        }
    }

    /// What the browser does twice if the form is sent twice.
    pub(super) fn act(&self, email: &Email, client: &Client) -> Option<Act> {
        match self {
            Self::Password(password) => {
                Act::typed(client, "register", &[email.as_str(), password.text()])
            }
            // Its challenge is consumed: it cannot be sent twice.
            Self::Passkey(_) => None,
        }
    }
}
