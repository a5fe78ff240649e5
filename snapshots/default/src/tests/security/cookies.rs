//! SES-9: what browsers are told of every cookie, in every flow, written out.

use time::Duration;

use crate::tests::{
    OTHER_PASSWORD, PASSWORD,
    browser::{Answer, Browser, SetCookie},
    test_app::TestApp,
    two_factor::{self, STEP},
};

const ANN: &str = "ann@example.com";
const NEW: &str = "ann@example.org";

/// Settings, and the start and the attributes of the session's cookie and of all others.
type Origin = (
    &'static [(&'static str, &'static str)],
    [&'static str; 2],
    [&'static str; 2],
);

const ORIGINS: [Origin; 3] = [
    (
        &[],
        ["", "HttpOnly; Path=/; SameSite=Lax"],
        ["", "HttpOnly; Path=/; SameSite=Lax"],
    ),
    (
        &[("APP_URL", "https://shop.example.com")],
        ["__Host-", "HttpOnly; Path=/; SameSite=Lax; Secure"],
        ["__Host-", "HttpOnly; Path=/; SameSite=Lax; Secure"],
    ),
    (
        &[
            ("APP_URL", "https://shop.example.com"),
            ("COOKIE_DOMAIN", ".example.com"),
        ],
        [
            "__Secure-",
            "Domain=example.com; HttpOnly; Path=/; SameSite=Lax; Secure",
        ],
        ["__Host-", "HttpOnly; Path=/; SameSite=Lax; Secure"],
    ),
];

/// Each flow and what it sets, with how long browsers keep it: `-` is until they are closed, and `gone` not at all.
const FLOWS: &[(&str, &str)] = &[
    ("a page for users", "return_to -"),
    ("the form", "browser -"),
    ("register", "confirming 48 h"),
    (
        "confirm",
        "device 9600 h, notice -, return_to 60 s, session -",
    ),
    ("the next page", "notice gone"),
    ("sudo", "return_to 60 s, session -"),
    ("change the password", "notice -, session -"),
    ("ask for an email", "notice -"),
    ("ask for a link", "notice -"),
    ("ask for a reset", "notice -"),
    ("log out", "notice -, return_to gone, session gone"),
    ("a login link", "notice -, session -"),
    ("change the email", "notice -"),
    ("reset", "notice -, session gone"),
    ("log in", "notice -, session -"),
    ("log out elsewhere", "notice -"),
    ("log out everywhere", "notice -, session gone"),
    ("log in for long", "notice -, session 1440 h"),
    ("sudo a day later", "session 1416 h"),
    ("a page a week later", "notice gone, session 1248 h"),
    ("change the password then", "notice -, session 1248 h"),
    ("the first of two steps", "session -"),
    ("the second", "notice -, session 1440 h, trusted 720 h"),
    (
        "log in where the browser is trusted",
        "notice -, session -, trusted 480 h",
    ),
    ("sudo there", "session -"),
    ("schedule the deletion", "notice -, session gone"),
    ("as far as the page that keeps the account", "session -"),
    ("keep the account", "notice -, session 1440 h"),
];

/// What is set, by flow.
#[derive(Default)]
struct Walk(Vec<(&'static str, String)>);

impl Walk {
    fn note(&mut self, flow: &'static str, answer: &Answer, origin: usize) {
        let (_, session, others) = ORIGINS[origin];
        let mut set = Vec::new();
        for line in answer.set_cookies() {
            let cookie = SetCookie::parse(line);
            let (start, end) = cookie.name.split_once(env!("CARGO_PKG_NAME")).unwrap();
            let end = end.trim_start_matches('_');
            let [expected, attributes] = if end == "session" { session } else { others };
            assert_eq!(start, expected, "{line}");
            let is_time =
                |part: &&str| part.starts_with("Max-Age=") || part.starts_with("Expires=");
            let mut others = cookie.attributes.clone();
            others.retain(|part| !is_time(part));
            others.sort_unstable();
            assert_eq!(others.join("; "), attributes, "{line}");
            // That is one of a feature.
            if end != "passkey_offer" {
                set.push(format!("{end} {}", kept(&cookie)));
            }
        }
        set.sort_unstable();
        self.0.push((flow, set.join(", ")));
    }
}

/// For how long. The clock goes on while a test runs.
fn kept(cookie: &SetCookie<'_>) -> String {
    let seconds = cookie.attribute("Max-Age").map(|age| age.parse::<i64>());
    match seconds.map(Result::unwrap) {
        None => "-".to_owned(),
        Some(0) => "gone".to_owned(),
        Some(seconds) if seconds < 3600 => format!("{seconds} s"),
        Some(seconds) => format!("{} h", (seconds + 1800) / 3600),
    }
}

/// The flows before there is a second factor.
async fn with_a_password(test: &TestApp, walk: &mut Walk, origin: usize) -> Browser {
    let mut browser = test.browser();
    let answer = browser.get("/users/settings").await;
    walk.note("a page for users", &answer, origin);
    let answer = browser.get("/users/register").await;
    walk.note("the form", &answer, origin);
    let answer = browser.register(ANN, PASSWORD).await;
    walk.note("register", &answer, origin);
    let code = test.code_for(ANN).await;
    let answer = browser.post("/users/confirm", &[("code", &code)]).await;
    walk.note("confirm", &answer, origin);
    walk.note("the next page", &browser.get("/").await, origin);
    for (flow, path, form) in [
        ("sudo", "/users/sudo", vec![("password", PASSWORD)]),
        (
            "change the password",
            "/users/settings/password",
            vec![
                ("current_password", PASSWORD),
                ("new_password", OTHER_PASSWORD),
            ],
        ),
        (
            "ask for an email",
            "/users/settings/email",
            vec![("email", NEW)],
        ),
        ("ask for a link", "/users/log-in/link", vec![("email", ANN)]),
        (
            "ask for a reset",
            "/users/reset-password",
            vec![("email", ANN)],
        ),
        ("log out", "/users/log-out", vec![]),
    ] {
        walk.note(flow, &browser.post(path, &form).await, origin);
    }
    let link = test.link_below(ANN, "/users/log-in/link/").await;
    walk.note("a login link", &browser.post(&link, &[]).await, origin);
    let link = test.link_below(NEW, "/users/settings/email/").await;
    walk.note("change the email", &browser.post(&link, &[]).await, origin);
    let path = "/users/reset-password";
    browser.post(path, &[("email", NEW)]).await;
    let link = test.link_below(NEW, "/users/reset-password/").await;
    let form = [("new_password", PASSWORD)];
    walk.note("reset", &browser.post(&link, &form).await, origin);
    let answer = browser.log_in(NEW, PASSWORD).await;
    walk.note("log in", &answer, origin);
    let path = "/users/settings/sessions/end-others";
    walk.note("log out elsewhere", &browser.post(path, &[]).await, origin);
    let path = "/users/settings/sessions/end-all";
    walk.note("log out everywhere", &browser.post(path, &[]).await, origin);
    browser
}

/// The flows of a user who wants to be remembered, and has a second factor in the end.
async fn remembered(test: &TestApp, walk: &mut Walk, browser: &mut Browser, origin: usize) {
    let answer = browser.log_in_remembered(NEW, PASSWORD).await;
    walk.note("log in for long", &answer, origin);
    test.after(Duration::days(1));
    let sudo = [("password", PASSWORD)];
    let answer = browser.post("/users/sudo", &sudo).await;
    walk.note("sudo a day later", &answer, origin);
    test.after(Duration::days(7));
    walk.note("a page a week later", &browser.get("/").await, origin);
    browser.post("/users/sudo", &sudo).await;
    let answer = browser.change_password(PASSWORD, OTHER_PASSWORD).await;
    walk.note("change the password then", &answer, origin);
    let (phone, _) = two_factor::turn_on(test, browser).await;
    let answer = browser.log_in_remembered(NEW, OTHER_PASSWORD).await;
    walk.note("the first of two steps", &answer, origin);
    let code = phone.code(test);
    let form = [("code", code.as_str()), ("trust_browser", "on")];
    walk.note("the second", &browser.post(STEP, &form).await, origin);
    test.after(Duration::days(10));
    browser.post("/users/log-out", &[]).await;
    let answer = browser.log_in(NEW, OTHER_PASSWORD).await;
    walk.note("log in where the browser is trusted", &answer, origin);
    let code = phone.code(test);
    let sudo = [("password", OTHER_PASSWORD), ("code", &code)];
    let answer = browser.post("/users/sudo", &sudo).await;
    walk.note("sudo there", &answer, origin);
    let answer = browser.post("/users/settings/delete", &[]).await;
    walk.note("schedule the deletion", &answer, origin);
    test.after(two_factor::NEXT);
    browser.log_in_remembered(NEW, OTHER_PASSWORD).await;
    let code = phone.code(test);
    let answer = browser.post(STEP, &[("code", &code)]).await;
    walk.note("as far as the page that keeps the account", &answer, origin);
    let answer = browser.post("/users/reactivate", &[]).await;
    walk.note("keep the account", &answer, origin);
}

#[tokio::test]
async fn sec_ses_09_each_flow_sets_the_cookies_of_the_table() {
    for (origin, (settings, _, _)) in ORIGINS.into_iter().enumerate() {
        let test = TestApp::start_with(settings).await;
        let mut walk = Walk::default();
        let mut browser = with_a_password(&test, &mut walk, origin).await;
        remembered(&test, &mut walk, &mut browser, origin).await;
        let flows = walk.0.iter().map(|(flow, set)| (*flow, set.as_str()));
        assert_eq!(flows.collect::<Vec<_>>(), FLOWS, "{settings:?}");
    }
}
