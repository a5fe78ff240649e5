//! Who acts in an audit event, and on what.

use crate::id::Id;

/// Who acted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Actor {
    /// A caller without credentials, or with wrong ones.
    #[default]
    Anonymous,
    User(Id),
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
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    pub(super) fn id(self) -> Option<Id> {
        match self {
            Self::User(id) => Some(id),
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
    Passkey(Id),
}

impl Target {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Registration(_) => "registration",
            Self::Session(_) => "session",
            Self::Passkey(_) => "passkey",
        }
    }

    pub(super) fn id(self) -> Id {
        match self {
            Self::User(id) | Self::Registration(id) | Self::Session(id) => id,
            Self::Passkey(id) => id,
        }
    }
}
