//! Whom passkeys are made for: this site.

use anyhow::Context;
use serde::{Deserialize, de::IgnoredAny};
use url::Url;

use super::{
    challenge,
    webauthn::{Webauthn, WebauthnBuilder},
};
use crate::{brand, config::Config};

/// The site that authenticators sign for, and the pages that may ask them.
pub struct RelyingParty {
    /// None: passkeys need a domain, and `APP_URL` has an IP address.
    webauthn: Option<Webauthn>,
    /// As browsers write them.
    origins: Vec<String>,
}

impl RelyingParty {
    pub fn new(config: &Config) -> Self {
        let related = config.passkeys.origins.iter().cloned();
        Self {
            webauthn: build(config),
            origins: [config.origin()].into_iter().chain(related).collect(),
        }
    }

    /// # Errors
    /// When `APP_URL` has no domain.
    pub fn webauthn(&self) -> anyhow::Result<&Webauthn> {
        self.webauthn
            .as_ref()
            .context("passkeys need a domain, and APP_URL has an IP address")
    }

    pub fn is_available(&self) -> bool {
        self.webauthn.is_some()
    }

    /// Whether the client data names one of our pages, character by character, outside of any frame of another site.
    /// `webauthn-rs` compares parsed URLs, asks for `crossOrigin` at registration only, and does not know `topOrigin`.
    pub fn is_ours(&self, client_data: &[u8]) -> bool {
        let Ok(client_data) = serde_json::from_slice::<ClientData>(client_data) else {
            return false;
        };
        self.origins.contains(&client_data.origin)
            && !client_data.cross_origin
            && client_data.top_origin.is_none()
    }
}

#[derive(Deserialize)]
struct ClientData {
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin")]
    top_origin: Option<IgnoredAny>,
}

/// What `webauthn-rs` compares origins with is the same, but for the domain itself: it wants one that fits, also where this
/// site is a related origin of the domain.
fn build(config: &Config) -> Option<Webauthn> {
    let id = config.passkeys.rp_id.as_deref()?;
    let domain = Url::parse(&format!("https://{id}")).ok()?;
    let related = config.passkeys.origins.iter();
    let origins = related.filter_map(|origin| Url::parse(origin).ok());
    let builder = WebauthnBuilder::new(id, &domain).ok()?;
    let builder = builder
        .rp_name(brand::NAME)
        .timeout(challenge::TTL.unsigned_abs())
        .append_allowed_origin(&config.url);
    let builder = origins.fold(builder, |builder, origin| {
        builder.append_allowed_origin(&origin)
    });
    builder.build().ok()
}
