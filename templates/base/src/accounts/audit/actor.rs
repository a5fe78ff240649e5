//! Who acts in an audit event, and on what.

use crate::id::Id;

/// Who acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Actor {
    /// A caller without credentials, or with wrong ones.
    #[default]
    Anonymous,
    User(Id),
    //% if api
    ApiToken(Id),
    //% endif
    //% if jwt
    /// An app that is logged in: its token family.
    ConnectedApp(Id),
    //% endif
    /// Somebody with a terminal on the server.
    Operator,
    /// A scheduled job.
    System,
}

impl Actor {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User(_) => "user",
            //% if api
            Self::ApiToken(_) => "api_token",
            //% endif
            //% if jwt
            Self::ConnectedApp(_) => "connected_app",
            //% endif
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    pub(super) fn id(self) -> Option<Id> {
        match self {
            Self::User(id) => Some(id),
            //% if api
            Self::ApiToken(id) => Some(id),
            //% endif
            //% if jwt
            Self::ConnectedApp(id) => Some(id),
            //% endif
            Self::Anonymous | Self::Operator | Self::System => None,
        }
    }
}

/// What was acted on: a row of ours, which may be gone since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    User(Id),
    /// Of an email that was not proved yet. If it creates a user, that has the same id.
    Registration(Id),
    Session(Id),
    //% if passkeys
    Passkey(Id),
    //% endif
    //% if api
    ApiToken(Id),
    //% endif
    //% if jwt
    ConnectedApp(Id),
    JwtKey(Id),
    //% endif
}

impl Target {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Registration(_) => "registration",
            Self::Session(_) => "session",
            //% if passkeys
            Self::Passkey(_) => "passkey",
            //% endif
            //% if api
            Self::ApiToken(_) => "api_token",
            //% endif
            //% if jwt
            Self::ConnectedApp(_) => "connected_app",
            Self::JwtKey(_) => "jwt_key",
            //% endif
        }
    }

    pub(super) fn id(self) -> Id {
        match self {
            Self::User(id) | Self::Registration(id) | Self::Session(id) => id,
            //% if passkeys
            Self::Passkey(id) => id,
            //% endif
            //% if api
            Self::ApiToken(id) => id,
            //% endif
            //% if jwt
            Self::ConnectedApp(id) | Self::JwtKey(id) => id,
            //% endif
        }
    }
}
