//! Limits by network, and what counts as one.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{Counter, Exceeded, Rule};
use crate::clock::Clock;

/// A limit by network. A site has a /48 or a /56 of IPv6, a household a /64 or a /56, and each can use every address of it.
pub struct NetworkLimit([Counter<IpNet>; 3]);

/// The lengths of IPv6 prefixes that are counted, and how many times as much each allows: narrow ones first, so that what
/// one of them refuses takes nothing from its neighbours.
const PREFIXES: [(u8, u32); 3] = [(64, 1), (56, 4), (48, 32)];

impl NetworkLimit {
    pub(super) fn new(rule: Rule, clock: &Clock) -> Self {
        Self(PREFIXES.map(|(_, times)| {
            let most = rule.most.saturating_mul(times);
            Counter::new(Rule { most, ..rule }, clock)
        }))
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Exceeded`] when there have been too many from this network.
    pub fn count(&self, network: Network) -> Result<(), Exceeded> {
        let counted = network.prefixes().into_iter().zip(&self.0);
        counted
            .filter_map(|(prefix, counter)| Some((prefix?, counter)))
            .try_for_each(|(prefix, counter)| counter.count(&prefix))
    }

    pub(super) fn forget_idle(&self) {
        for counter in &self.0 {
            counter.counts.retain_recent();
        }
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.0.iter().map(|counter| counter.counts.len()).sum()
    }
}

/// Where a request comes from, as [`NetworkLimit`] counts it. The default is this program itself, which nothing limits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Network(Option<IpAddr>);

impl Network {
    /// IPv4 addresses that are written as IPv6 (`::ffff:192.0.2.1`) count as what they are. All requests whose address
    /// cannot be read are counted together.
    pub fn of(ip: Option<IpAddr>) -> Self {
        let ip = ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        Self(Some(ip.to_canonical()))
    }

    /// The name of the whole site: an IPv4 address, or the /48 of IPv6 that it may use as it likes. For keys of a [`Limit`].
    ///
    /// [`Limit`]: super::Limit
    pub fn site(self) -> String {
        let [narrow, _, wide] = self.prefixes();
        let site = wide.or(narrow);
        site.map_or("here".to_owned(), |site| site.to_string())
    }

    fn prefixes(self) -> [Option<IpNet>; 3] {
        let Some(ip) = self.0 else {
            return [None; 3];
        };
        if ip.is_ipv4() {
            return [Some(ip.into()), None, None];
        }
        PREFIXES.map(|(length, _)| Some(IpNet::new(ip, length).ok()?.trunc()))
    }
}
