//! LOG-3 and LOG-5: what the ceremonies of passkeys are counted by. See `route_limits`.

use time::Duration;

use crate::tests::{
    PASSWORD,
    authenticator::{Key, add},
    security::route_limits::rows,
    test_app::TestApp,
};

const ANN: &str = "ann@example.com";

const ANONYMOUS: &str = r#"
POST /users/register/passkey/options {"email":"new@example.com"} 200
    refused: passkey_challenge 192.0.2.1/32
POST /users/log-in/passkey/options {} 200
    refused: passkey_challenge 192.0.2.1/32
"#;

const KNOWN: &str = r#"
POST /users/register/passkey/options {"email":"new@example.com"} 200
    refused: passkey_challenge_browser BROWSER
POST /users/log-in/passkey/options {} 200
    refused: passkey_challenge_browser BROWSER
"#;

const IN_SESSION: &str = r#"
POST /users/log-in/passkey/options {} 200
    refused: passkey_challenge_browser BROWSER
POST /users/sudo/passkey/options {} 200
    refused: passkey_challenge_browser session SESSION
POST /users/settings/password/passkey/options {} 200
    refused: settings SESSION
    refused: passkey_challenge_browser session SESSION
POST /users/settings/password/passkey {"challenge_id":"x","new_password":"short","credential":{"id":"AAAA","rawId":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"AAAA","authenticatorData":"AAAA","signature":"AAAA"}}} 422
    refused: settings SESSION
    refused: session_password SESSION
    refused: session_account USER
    slower: reserved_lane USER
"#;

#[tokio::test]
async fn sec_log_05_challenges_are_counted_by_network_by_known_browser_or_by_session() {
    let test = TestApp::start().await;
    let mut session = test.member(ANN).await;
    add(&mut session, &mut Key::new()).await;
    let mut known = session.clone();
    known.cookies.retain(|name, _| name.ends_with("_device"));
    let unknown = test.browser();
    // What is made up, and what has ended, is not known.
    let mut made_up = known.clone();
    for value in made_up.cookies.values_mut() {
        *value = "A".repeat(43);
    }
    for (table, browser) in [
        (ANONYMOUS, &unknown),
        (ANONYMOUS, &made_up),
        (KNOWN, &known),
        (IN_SESSION, &session),
    ] {
        for row in rows(table) {
            row.walk(&test, browser, "").await;
        }
    }
    test.after(Duration::days(400));
    for row in rows(ANONYMOUS) {
        row.walk(&test, &known, "").await;
    }
    known.log_in(ANN, PASSWORD).await.expect_redirect("/");
}
