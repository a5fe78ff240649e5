//! What a token may be good for. One list: whatever is not in it, no token can do.
//!
//! A handler of yours takes `bearer: Bearer<OrdersRead>` (`web/api/bearer.rs`) once the list has the line
//! `OrdersRead = "orders:read", "Read your orders";`.

use std::{collections::BTreeSet, fmt};

/// A type for each scope, so that a handler names what it asks for and the compiler knows it.
pub trait Scope: Send + Sync + 'static {
    /// `resource:action`. It is stored in tokens: it stays.
    const NAME: &'static str;
}

macro_rules! scopes {
    ($($scope:ident = $name:literal, $says:literal;)*) => {
        $(
            #[doc = $says]
            #[derive(Clone, Copy, Debug)]
            pub struct $scope;

            impl Scope for $scope {
                const NAME: &'static str = $name;
            }
        )*

        /// Every scope, with what it allows in the words of the page where tokens are made.
        pub const ALL: &[(&str, &str)] = &[$(($scope::NAME, $says)),*];
    };
}

scopes! {
    ProfileRead = "profile:read", "See your address";
    SessionsRead = "sessions:read", "See where you are logged in";
    ApiTokensRead = "api_tokens:read", "See your API tokens";
    ApiTokensWrite = "api_tokens:write", "Revoke your API tokens";
}

/// What one token is good for. Kept as names with spaces between, as in OAuth 2 (RFC 6749, section 3.3).
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Scopes(BTreeSet<&'static str>);

impl Scopes {
    /// The scopes of these names.
    ///
    /// # Errors
    /// The first name that is in no list.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let known = names.into_iter().map(|name| find(name).ok_or(name));
        known.collect::<Result<_, _>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn allow(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().copied().collect()
    }
}

fn find(name: &str) -> Option<&'static str> {
    let mut names = ALL.iter().map(|(known, _)| *known);
    names.find(|known| *known == name)
}

/// A scope that was taken out of the list since is good for nothing.
impl From<String> for Scopes {
    fn from(stored: String) -> Self {
        Self(stored.split(' ').filter_map(find).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}
