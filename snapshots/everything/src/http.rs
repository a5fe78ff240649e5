//! Asking other servers.

use std::time::Duration;

use reqwest::{Client, redirect::Policy};

/// A client that takes no longer than that for a whole answer, and goes nowhere else than it was sent.
pub fn client(longest: Duration) -> anyhow::Result<Client> {
    // The TLS that letters use as well. An error says only that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .user_agent(env!("CARGO_PKG_NAME"))
        .redirect(Policy::none())
        .timeout(longest);
    // What a test asks is on this machine, where no proxy finds it.
    let client = match cfg!(test) {
        true => client.no_proxy(),
        false => client,
    };
    Ok(client.build()?)
}
