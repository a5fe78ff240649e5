//! The offer of a passkey after a login with a password. Once dismissed, a browser does not show it again for a month.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    accounts::{
        log_in::Entry,
        passkey::{self, Kind},
    },
    app::App,
    web::{cookies::Cookies, error::Error},
};

/// Offers a passkey on the next pages, if the user has none and this browser has not dismissed it.
pub async fn after_log_in(
    app: &App,
    cookies: Cookies,
    entry: Option<&Entry>,
) -> Result<Cookies, Error> {
    let is_dismissed = cookies.passkey_offer().as_deref() == Some("no");
    let may_offer = !is_dismissed && app.passkeys.is_available();
    let Some(entry) = entry.filter(|_| may_offer) else {
        return Ok(cookies);
    };
    let all = passkey::list(&app.db, entry.user_id).await?;
    let has_passkey = all.iter().any(|one| one.kind == Kind::Login);
    // The offer may have been made to another user of this browser.
    Ok(if has_passkey {
        cookies.withdraw_passkey_offer()
    } else {
        cookies.offer_passkey()
    })
}

/// Dismisses the offer, and goes back to where it was shown.
pub async fn dismiss(State(_app): State<App>, cookies: Cookies) -> Response {
    (cookies.dismiss_passkey_offer(), Redirect::to("/")).into_response()
}
