//! `ALLOWED_ORIGINS`: where programs in a browser may come from.

use url::Url;

use super::reader::Reader;

impl Reader<'_> {
    pub fn allowed_origins(&mut self) -> Vec<String> {
        let Some(list) = self.text("ALLOWED_ORIGINS") else {
            return Vec::new();
        };
        let items = self.items("ALLOWED_ORIGINS", &list).into_iter();
        items.filter_map(|item| self.origin(item)).collect()
    }

    /// An origin as browsers write it. In production others could change what comes over http.
    fn origin(&mut self, text: &str) -> Option<String> {
        let help = "must be origins: https://app.example.com";
        let url = self.parse::<Url>("ALLOWED_ORIGINS", text, help)?;
        let origin = url.origin().ascii_serialization();
        let is_http = !self.production && url.scheme() == "http";
        let is_pattern = text.contains('*');
        if is_pattern || !(url.scheme() == "https" || is_http) {
            self.problem("ALLOWED_ORIGINS", help);
        } else if origin != text {
            let what = format!("must be origins: did you mean {origin}?");
            self.problem("ALLOWED_ORIGINS", &what);
        }
        Some(origin)
    }
}
