//! Who asks: a browser, which wants a page, or a program.

use axum::http::{HeaderMap, header};

/// Returns whether `Accept` names HTML. All its lines count, in any case, and a byte that is no ASCII spoils only the
/// element that it stands in.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT).iter();
    let mut ranges = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    ranges.any(|range| std::str::from_utf8(range).is_ok_and(is_html))
}

/// One media range with its parameters, such as `text/html;q=0.9`. `q=0` is what must not come (RFC 9110, 12.4.2).
fn is_html(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_refused = parts.any(|parameter| match parameter.split_once('=') {
        Some((name, value)) => {
            name.trim().eq_ignore_ascii_case("q") && value.trim().parse() == Ok(0.0)
        }
        None => false,
    });
    ["text/html", "application/xhtml+xml"].contains(&kind.as_str()) && !is_refused
}
