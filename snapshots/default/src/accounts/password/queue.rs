//! The queue for the threads that hash passwords. It has an end: a login storm must not stop other pages, nor fill the memory.

use std::{sync::Arc, time::Duration};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::Busy;
use crate::{app::App, id::Id};

/// How many may wait for each core. At 40 ms a hash, those at the end wait for more than a second.
const PLACES: usize = 32;

/// So much of all permits and places is reserved, as one part in so many.
const RESERVED: usize = 4;

/// Who waits. Anybody can send passwords, so a part of the queue is for users we know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lane {
    Anonymous,
    /// A session, or a browser that has logged in to this account.
    Known,
}

impl Lane {
    /// The lane of a user we know, for one try. Anybody can be one, with sessions without end, so each account has a share of
    /// what is reserved; beyond it, its passwords wait with the anonymous ones.
    pub fn of_account(app: &App, user_id: Id) -> Self {
        match app.limits.reserved_lane.count(&user_id.to_string()) {
            Ok(()) => Self::Known,
            Err(_) => Self::Anonymous,
        }
    }
}

#[derive(Clone)]
pub struct Queue {
    open: Share,
    reserved: Share,
    max_wait: Duration,
}

#[derive(Clone)]
struct Share {
    permits: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Queue {
    /// For everybody there are as many permits as cores, and [`PLACES`] for each. What is reserved comes on top, so that it
    /// takes nothing away while nobody uses it.
    pub fn new(cores: usize, max_wait: Duration) -> Self {
        let on_top = |open: usize| open.div_ceil(RESERVED - 1);
        let places = PLACES * cores;
        Self {
            open: Share::new(cores, places),
            reserved: Share::new(on_top(cores), on_top(places)),
            max_wait,
        }
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// [`Busy`], at once when no place is free, or when a permit takes too long.
    pub async fn enter(&self, lane: Lane) -> anyhow::Result<OwnedSemaphorePermit> {
        let mut shares = self.shares(lane);
        if let Some(permit) = shares.find_map(|share| Share::take(&share.permits)) {
            return Ok(permit);
        }
        let mut shares = self.shares(lane);
        let place = shares.find_map(|share| Share::take(&share.places));
        let _place = place.ok_or(Busy)?;
        let permit = tokio::time::timeout(self.max_wait, self.permit(lane)).await;
        Ok(permit.map_err(|_| Busy)??)
    }

    /// The shares that a lane may use, the reserved one first.
    fn shares(&self, lane: Lane) -> impl Iterator<Item = &Share> {
        let reserved = (lane == Lane::Known).then_some(&self.reserved);
        reserved.into_iter().chain([&self.open])
    }

    async fn permit(&self, lane: Lane) -> Result<OwnedSemaphorePermit, AcquireError> {
        let open = self.open.permits.clone().acquire_owned();
        if lane == Lane::Anonymous {
            return open.await;
        }
        tokio::select! {
            permit = self.reserved.permits.clone().acquire_owned() => permit,
            permit = open => permit,
        }
    }
}

impl Share {
    fn new(permits: usize, places: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    fn take(from: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        from.clone().try_acquire_owned().ok()
    }
}
