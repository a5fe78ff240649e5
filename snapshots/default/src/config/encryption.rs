//! `ENCRYPTION_KEYS`: what the vault seals with.

use super::reader::Reader;
use crate::vault::Key;

/// Seals things on a developer's machine that has no `.env`. Production refuses it.
const DEVELOPMENT_KEY: &str = "ZGV2ZWxvcG1lbnQgb25seSwgbm90IHByb2R1Y3Rpb24=";

impl Reader<'_> {
    /// The first one seals, all of them open.
    pub fn encryption_keys(&mut self) -> Vec<Key> {
        match self.required("ENCRYPTION_KEYS") {
            Some(list) => {
                let items = self.items("ENCRYPTION_KEYS", &list).into_iter();
                items.filter_map(|item| self.encryption_key(item)).collect()
            }
            None => Key::parse(DEVELOPMENT_KEY).into_iter().collect(),
        }
    }

    fn encryption_key(&mut self, text: &str) -> Option<Key> {
        let key = Key::parse(text);
        if key.is_none() || self.production && is_weak(text) {
            self.problem(
                "ENCRYPTION_KEYS",
                "must be keys of 32 random bytes in base64, the current one first: `openssl rand -base64 32` prints one",
            );
        }
        key
    }
}

/// The key of a developer's machine, or typed rather than drawn.
fn is_weak(text: &str) -> bool {
    text == DEVELOPMENT_KEY || super::reader::is_typed(text)
}
