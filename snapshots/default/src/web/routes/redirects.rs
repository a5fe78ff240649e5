//! Redirects that people need: from the address of a form without a page of its own, and from any
//! address with a slash at its end.

use std::collections::BTreeSet;

use axum::{
    Router,
    http::{Method, Uri},
    response::Redirect,
    routing::any,
};

use super::{Route, Who::Anyone, get};
use crate::app::App;

/// Rows for the addresses of forms that have no page. When a form fails, the browser stays at its
/// address, and people reload it or come back to it after logging in. Each leads to the nearest
/// page above it.
pub fn of_forms(rows: &[Route]) -> Vec<Route> {
    let is_page = |row: &&Route| row.method == Method::GET;
    let pages: BTreeSet<&str> = rows.iter().filter(is_page).map(|row| row.path).collect();
    let is_form = |row: &&Route| row.path.starts_with("/users/") && !pages.contains(row.path);
    let forms = rows.iter().filter(is_form);
    forms
        .map(|row| {
            let kept = segments_of_page_above(row.path, &pages);
            let redirect = move |uri: Uri| async move { Redirect::to(start(uri.path(), kept)) };
            get(row.path, Anyone, redirect)
        })
        .collect()
}

fn segments_of_page_above(path: &str, pages: &BTreeSet<&str>) -> usize {
    let mut above = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
    let page = above.find(|above| pages.contains(above));
    page.map_or(0, |page| page.matches('/').count())
}

/// The first segments of a path, or the home page.
fn start(path: &str, segments: usize) -> &str {
    let end = path.match_indices('/').nth(segments);
    match end.map_or(path, |(at, _)| &path[..at]) {
        "" => "/",
        start => start,
    }
}

/// Routes for the addresses of pages and forms with a slash at the end. 308 keeps the method, and
/// the body of a form.
pub fn of_slashes(rows: &[Route]) -> Router<App> {
    let is_ours = |row: &&Route| row.method == Method::GET || row.path.starts_with("/users/");
    let paths: BTreeSet<&str> = rows.iter().filter(is_ours).map(|row| row.path).collect();
    paths.into_iter().fold(Router::new(), |router, path| {
        router.route(&format!("{path}/"), any(without_slash))
    })
}

async fn without_slash(uri: Uri) -> Redirect {
    let path = uri.path().trim_end_matches('/');
    match uri.query() {
        Some(query) => Redirect::permanent(&format!("{path}?{query}")),
        None => Redirect::permanent(path),
    }
}
