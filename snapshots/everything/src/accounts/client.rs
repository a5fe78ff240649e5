//! Where a request came from, as far as we can tell.

use std::net::IpAddr;

use super::{audit::Actor, secret::Secret};
use crate::limits::Network;

/// What is kept, and counted, where a proxy of ours names no address that can be read. Never the proxy's own address:
/// all its users would share it.
const UNKNOWN: &str = "unknown";

/// Kept with sessions and audit rows, and shown to the person it concerns.
#[derive(Clone, Default)]
pub struct Client {
    /// Its IP address, `unknown` if a proxy of ours sent none that can be read, or nothing for what was not asked over
    /// the network.
    pub address: String,
    /// What limits count it by.
    pub network: Network,
    /// The `User-Agent`, shortened.
    pub agent: String,
    /// What its browser is known by, if somebody has logged in there before.
    pub device: Option<Secret>,
    /// What its browser is trusted by, whatever that is worth.
    pub trusted: Option<Secret>,
    /// The secret of the session that its browser sends, whatever that is worth.
    pub session: Option<Secret>,
    /// What tells its browser from others while that is open. None: it is no browser with a form of ours.
    pub browser: Option<Secret>,
    /// Who acts, as far as it is known without a session: for audit rows.
    pub actor: Actor,
    /// The UUID of the request, as in the log and in the response's `X-Request-Id`. None for jobs and commands.
    pub request_id: Option<String>,
}

/// Longer ones say nothing more.
const AGENT_LENGTH: usize = 255;

impl Client {
    /// `address` is none where it cannot be read.
    pub fn new(address: Option<IpAddr>, agent: &str, device: Option<Secret>) -> Self {
        let address = address.map(|address| address.to_canonical());
        let printable = agent.chars().filter(|c| !c.is_control());
        Self {
            address: address.map_or(UNKNOWN.to_owned(), |address| address.to_string()),
            network: Network::of(address),
            agent: printable.take(AGENT_LENGTH).collect(),
            device,
            session: None,
            browser: None,
            ..Self::default()
        }
    }

    /// Somebody with a terminal on the server.
    pub fn operator() -> Self {
        Self {
            agent: "command line".to_owned(),
            actor: Actor::Operator,
            ..Self::default()
        }
    }

    /// A scheduled job.
    pub fn schedule() -> Self {
        Self {
            agent: "schedule".to_owned(),
            actor: Actor::System,
            ..Self::default()
        }
    }
}

/// "Firefox on Linux", for the list of sessions. Order matters: most browsers also claim to be the ones further down.
pub fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}
