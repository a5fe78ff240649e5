//! `API_DOCS`: whether everybody may read what the API can do.

use super::reader::Reader;

impl Reader<'_> {
    /// An API that is for programs of yours alone is described to nobody else, so production has to be told.
    pub fn api_docs(&mut self) -> bool {
        let words = match self.production {
            true => [("off", false), ("on", true)],
            false => [("on", true), ("off", false)],
        };
        self.one_of("API_DOCS", words, "must be on or off")
    }
}
