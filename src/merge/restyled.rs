//! Texts of ours as they are in the owner's formatting.

use std::collections::BTreeMap;

/// The same texts twice: as the templates have them, and as the owner's rustfmt leaves them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restyled(BTreeMap<Vec<u8>, Vec<u8>>);

impl Restyled {
    /// A text in the owner's formatting, where that is known.
    #[must_use]
    pub fn get(&self, text: &[u8]) -> Option<&[u8]> {
        self.0.get(text).map(Vec::as_slice)
    }
}

impl FromIterator<(Vec<u8>, Vec<u8>)> for Restyled {
    fn from_iter<T: IntoIterator<Item = (Vec<u8>, Vec<u8>)>>(texts: T) -> Self {
        Self(texts.into_iter().collect())
    }
}
