//! What a page tells authenticators of the account, so that they offer no passkey that is gone (WebAuthn, section 5.1.10).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    accounts::passkey::{self, Passkey},
    app::App,
};

/// In base64url, as the script of the page expects it.
pub struct Signals {
    pub rp_id: String,
    /// What the user has. None: no passkey any more, and what authenticators called the user is forgotten.
    pub own: Option<Own>,
    /// A credential that no user has.
    pub deleted: Option<String>,
}

pub struct Own {
    pub user_handle: String,
    pub credential_ids: String,
}

impl Signals {
    /// `None`: passkeys do not work here.
    pub fn new(app: &App, all: &[Passkey]) -> Option<Self> {
        let ids = all.iter().map(|passkey| encode(&passkey.credential_id));
        let credential_ids = ids.collect::<Vec<_>>().join(" ");
        let own = all.first().map(|first| Own {
            user_handle: encode(&first.user_handle),
            credential_ids,
        });
        Some(Self {
            rp_id: app.config.passkeys.rp_id.clone()?,
            own,
            deleted: None,
        })
    }

    /// The same with a credential that was removed a moment ago, if no user has it: a link from elsewhere may name one that is still
    /// in use.
    pub async fn with_deleted(self, app: &App, id: Option<&str>) -> sqlx::Result<Self> {
        let id = id.and_then(|id| BASE64_URL_SAFE_NO_PAD.decode(id).ok());
        let deleted = match id {
            Some(id) if !passkey::is_registered(&app.db, &id).await? => Some(encode(&id)),
            _ => None,
        };
        Ok(Self { deleted, ..self })
    }
}

pub fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
