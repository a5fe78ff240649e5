//! The table: address, who may come in, and what answers. The router is built from it and enforces it, and tests walk it.

pub mod farewells;
pub mod redirects;

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    http::{Method, request::Parts},
    middleware::{Next, from_fn},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodFilter, MethodRouter, on},
};

use self::farewells::Farewell;
use super::{
    confirmation_links, confirmations,
    cookies::Cookies,
    current_user::Refusal,
    email_vetoes,
    error::Error,
    log_in_links, mailbox,
    notice::Notice,
    passwords, reactivations, registrations, second_factor, sessions, settings, sudo, throttle,
    unlocks,
    visitor::{self, Visitor},
};
use crate::{accounts::login_step::LoginStep, app::App};
use Who::{Anyone, Developer, PendingLogin, RecentUser, Stranger, User};

/// Who may come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    Anyone,
    /// Only a pending session that has this step left.
    PendingLogin(LoginStep),
    /// Only who is not logged in; others go to the start.
    Stranger,
    User,
    /// Who has proved in the last 15 minutes who they are.
    RecentUser,
    /// Only in development, where letters are kept in a mailbox.
    Developer,
}

const AT_SECOND_FACTOR: Who = PendingLogin(LoginStep::SecondFactor);
const AT_REACTIVATION: Who = PendingLogin(LoginStep::Reactivation);

pub fn table() -> Vec<Route> {
    let rows = accounts();
    let rows = rows.chain(super::api::routes::pages());
    let rows = rows.chain(super::settings::jwt::pages());
    let rows = rows.chain(super::passkeys::pages());
    let mut rows: Vec<Route> = rows.collect();
    rows.extend(redirects::of_forms(&rows));
    rows
}

fn accounts() -> impl Iterator<Item = Route> {
    let rows = vec![
        // joining
        get("/users/register", Stranger, registrations::new),
        post("/users/register", Stranger, registrations::create),
        get("/users/confirm", Anyone, confirmations::new),
        post("/users/confirm", Anyone, confirmations::create),
        get("/users/confirm/resend", Anyone, confirmations::resend_form),
        post("/users/confirm/resend", Anyone, confirmations::resend),
        get("/users/confirm/{token}", Anyone, confirmation_links::show),
        post("/users/confirm/{token}", Anyone, confirmation_links::update),
        // coming in, and going
        get("/users/log-in", Stranger, sessions::new),
        post("/users/log-in", Anyone, sessions::create),
        post("/users/log-in/link", Anyone, log_in_links::create),
        get("/users/log-in/link/{token}", Anyone, log_in_links::show),
        post("/users/log-in/link/{token}", Anyone, log_in_links::update),
        get("/users/unlock/{token}", Anyone, unlocks::show),
        post("/users/unlock/{token}", Anyone, unlocks::update),
        get("/users/second-factor", AT_SECOND_FACTOR, second_factor::new),
        post(
            "/users/second-factor",
            AT_SECOND_FACTOR,
            second_factor::create,
        ),
        get("/users/reactivate", AT_REACTIVATION, reactivations::new),
        post("/users/reactivate", AT_REACTIVATION, reactivations::create),
        post("/users/log-out", Anyone, sessions::delete),
        get("/users/sudo", User, sudo::new),
        post("/users/sudo", User, sudo::create),
        // forgetting
        get("/users/reset-password", Anyone, passwords::new),
        post("/users/reset-password", Anyone, passwords::create),
        get("/users/reset-password/{token}", Anyone, passwords::edit),
        post("/users/reset-password/{token}", Anyone, passwords::update),
        get(
            "/.well-known/change-password",
            Anyone,
            passwords::well_known,
        ),
        // settings
        get("/users/settings", User, settings::show),
        post(
            "/users/settings/email",
            RecentUser,
            settings::emails::create,
        ),
        post(
            "/users/settings/email/cancel",
            User,
            settings::emails::cancel,
        ),
        get(
            "/users/settings/email/{token}",
            User,
            settings::emails::edit,
        ),
        post(
            "/users/settings/email/{token}",
            User,
            settings::emails::update,
        ),
        get("/users/email-veto/{token}", Anyone, email_vetoes::show),
        post("/users/email-veto/{token}", Anyone, email_vetoes::update),
        post(
            "/users/settings/password",
            User,
            settings::passwords::update,
        ),
        get(
            "/users/settings/export",
            RecentUser,
            settings::account::export,
        ),
        post(farewells::DELETE, RecentUser, settings::account::delete),
        get("/users/settings/sessions", User, settings::sessions::index),
        post(
            "/users/settings/sessions/{id}/end",
            RecentUser,
            settings::sessions::end,
        ),
        post(
            "/users/settings/sessions/end-others",
            RecentUser,
            settings::sessions::end_others,
        ),
        post(farewells::END_ALL, RecentUser, settings::sessions::end_all),
        get(
            "/users/settings/second-factor",
            User,
            settings::second_factor::show,
        ),
        post(
            "/users/settings/second-factor",
            RecentUser,
            settings::second_factor::create,
        ),
        post(
            "/users/settings/second-factor/confirm",
            User,
            settings::second_factor::confirm,
        ),
        post(
            "/users/settings/second-factor/disable",
            RecentUser,
            settings::second_factor::disable,
        ),
        post(
            "/users/settings/second-factor/backup-codes",
            RecentUser,
            settings::second_factor::backup_codes,
        ),
        get(
            "/users/settings/trusted-browsers",
            User,
            settings::trusted_browsers::index,
        ),
        post(
            "/users/settings/trusted-browsers/{id}/end",
            RecentUser,
            settings::trusted_browsers::end,
        ),
        // development
        get("/dev/mailbox", Developer, mailbox::index),
        get("/dev/mailbox/{number}", Developer, mailbox::show),
        get("/dev/mailbox/{number}/html", Developer, mailbox::html),
    ];
    rows.into_iter()
}

/// A row of the table.
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub who: Who,
    handler: MethodRouter<App>,
}

pub fn get<H: Handler<T, App>, T: 'static>(path: &'static str, who: Who, handler: H) -> Route {
    Route {
        method: Method::GET,
        path,
        who,
        handler: on(MethodFilter::GET, handler),
    }
}

pub fn post<H: Handler<T, App>, T: 'static>(path: &'static str, who: Who, handler: H) -> Route {
    Route {
        method: Method::POST,
        path,
        who,
        handler: on(MethodFilter::POST, handler),
    }
}

pub fn router() -> Router<App> {
    let rows = table();
    let slashes = redirects::of_slashes(&rows);
    rows.into_iter().fold(slashes, |router, route| {
        let who = route.who;
        tracing::debug!(%route.method, route.path, ?who, "route");
        let guard = from_fn(move |request: Request, next: Next| enforce(who, request, next));
        router.route(route.path, route.handler.route_layer(guard))
    })
}

/// Leads to the start, or to where a link to the log-in wants to lead. Who has sent a form from another tab is told why nothing
/// came of it.
fn already_logged_in(visitor: &Visitor, parts: &Parts) -> Response {
    if parts.method.is_safe() {
        let page = super::return_to::of_link(&parts.uri);
        let page = page.as_ref().map_or("/", |page| page.as_str());
        return Redirect::to(page).into_response();
    }
    let start = Redirect::to("/");
    let cookies = Cookies::read(&parts.headers, &visitor.app.config);
    (cookies.notify(Notice::LoggedIn), start).into_response()
}

async fn enforce(who: Who, request: Request, next: Next) -> Result<Response, Response> {
    let (mut parts, body) = request.into_parts();
    let visitor = Visitor::of(&parts)?;
    let farewell = Farewell::of(&visitor, &mut parts).await;
    let again = match &farewell {
        Some(farewell) if visitor.visit.is_none() => farewell.again().await?,
        _ => None,
    };
    if let Some(answer) = again {
        return Ok(answer);
    }
    match who {
        Anyone => (),
        PendingLogin(step) if visitor.is_at(step) => (),
        PendingLogin(_) => return Err(Refusal::Stranger.answer(&visitor, &parts).await),
        Stranger if visitor.visit.is_none() => (),
        Stranger => return Err(already_logged_in(&visitor, &parts)),
        User if visitor.visit.is_some() => (),
        User => return Err(Refusal::Stranger.answer(&visitor, &parts).await),
        RecentUser if visitor.is_recent() => visitor::need_sudo(&mut parts),
        RecentUser => return Err(Refusal::NotRecent.answer(&visitor, &parts).await),
        Developer if visitor.app.mailer.mailbox().is_some() => (),
        Developer => return Err(Error::NotFound.into_response()),
    }
    if is_change_of_settings(&parts) {
        let visit = visitor.visit.as_ref();
        visit.map_or(Ok(()), |visit| throttle::settings(&visitor.app, visit))?;
    }
    let app = visitor.app.clone();
    let response = super::to_the_end::run(&app, next, Request::from_parts(parts, body)).await;
    match farewell {
        Some(farewell) => Ok(farewell.or_again(response).await?),
        None => Ok(response),
    }
}

/// What a session may do without end would fill the audit log.
fn is_change_of_settings(parts: &Parts) -> bool {
    !parts.method.is_safe() && parts.uri.path().starts_with("/users/settings/")
}
