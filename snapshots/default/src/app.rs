//! What every handler and every job can reach.

use std::{ops::Deref, sync::Arc};

use time::OffsetDateTime;

use crate::{
    accounts::{
        housekeeping::Housekeeping,
        password::{Hasher, breached::Breaches},
    },
    clock::Clock,
    config::Config,
    db::Pool,
    jobs::Jobs,
    limits::Limits,
    mail::Mailer,
    web::to_the_end::Places,
};

/// Cheap to clone, which every layer does for every request: what it consists of is shared.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] consists of.
pub struct Parts {
    pub config: Arc<Config>,
    pub db: Pool,
    pub jobs: Jobs,
    pub mailer: Mailer,
    pub limits: Arc<Limits>,
    pub hasher: Hasher,
    pub breaches: Breaches,
    pub housekeeping: Arc<Housekeeping>,
    pub places: Places,
    pub clock: Clock,
    pub vault: Arc<crate::vault::Vault>,
    pub passkeys: Arc<crate::accounts::passkey::relying_party::RelyingParty>,
}

impl App {
    pub fn new(config: Config, db: Pool) -> anyhow::Result<Self> {
        let clock = Clock::new();
        Ok(Self(Arc::new(Parts {
            jobs: Jobs::new(&db)?,
            mailer: Mailer::new(&config)?,
            limits: Arc::new(Limits::new(&clock)),
            hasher: Hasher::new(config.hashing)?,
            breaches: Breaches::new(&config)?,
            housekeeping: Arc::default(),
            places: Places::new(),
            vault: Arc::new(crate::vault::Vault::new(&config.encryption_keys)),
            passkeys: Arc::new(crate::accounts::passkey::relying_party::RelyingParty::new(
                &config,
            )),
            config: Arc::new(config),
            db,
            clock,
        })))
    }

    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
