//! LOG-3: how much each limit allows, and when there is room again.

use std::time::Instant;

use axum::http::StatusCode;
use time::Duration;

use crate::{
    clock::Clock,
    limits::{Limits, Network},
    run,
    tests::{PASSWORD, test_app::TestApp},
};

/// The name of each limit, how much it allows, and within how many seconds. Those of features that this app does without are
/// here, too.
const RULES: [(&str, u32, u64); 43] = [
    ("login", 10, 60),
    ("login_account", 50, 3600),
    ("login_browser", 10, 60),
    ("session_password", 10, 60),
    ("known_account", 60, 60),
    ("session_account", 60, 60),
    ("mfa_challenge", 10, 300),
    ("mfa_challenge_guessed", 1, 3600),
    ("mfa_challenge_browser", 10, 300),
    ("mfa_challenge_known", 30, 300),
    ("mfa_challenge_trusted", 10, 300),
    ("mfa_challenge_trusted_daily", 50, 86_400),
    ("repeats", 20, 60),
    ("backup_codes", 5, 3600),
    ("second_factor_email", 1, 3600),
    ("session_guessed_email", 3, 3600),
    ("reserved_lane", 10, 20),
    ("passwords", 20, 60),
    ("register", 5, 3600),
    ("confirm", 20, 60),
    ("emails", 20, 3600),
    ("register_email", 3, 900),
    ("resend", 3, 900),
    ("confirm_email_hourly", 12, 3600),
    ("resend_network", 15, 3600),
    ("resend_hourly", 60, 3600),
    ("reset_password", 3, 60),
    ("reset_password_hourly", 10, 3600),
    ("log_in_link", 3, 900),
    ("own_emails", 60, 3600),
    ("email_change", 5, 3600),
    ("email_change_account", 20, 3600),
    ("email_change_address", 3, 900),
    ("email_change_hourly", 12, 3600),
    ("unlock_email", 4, 3600),
    ("passkey_challenge", 60, 60),
    ("passkey_challenge_browser", 30, 60),
    ("settings", 60, 900),
    ("export", 5, 3600),
    ("deletion", 5, 3600),
    ("api_token_create", 20, 3600),
    ("refresh", 30, 60),
    ("refresh_unknown", 60, 60),
];

#[test]
fn sec_log_03_each_limit_allows_what_is_written_here() {
    let rules = Limits::rules().into_iter();
    let rules = rules.map(|(name, most, within)| (name, most, within.as_secs()));
    let unlisted: Vec<_> = rules.clone().filter(|rule| !RULES.contains(rule)).collect();
    assert!(unlisted.is_empty(), "not in RULES: {unlisted:?}");
    assert!(rules.count() > 20);
}

/// How many of a hundred pass, by a limit that allows five an hour: to a user, and to a network.
fn passed(limits: &Limits, ip: &str) -> [usize; 2] {
    let network = Network::of(ip.parse().ok());
    let by_user = (0..100).filter(|_| limits.export.count("ann").is_ok());
    let by_network = (0..100).filter(|_| limits.register.count(network).is_ok());
    [by_user.count(), by_network.count()]
}

#[test]
fn sec_log_03_all_at_once_or_spread_out_and_the_period_makes_room_for_all() {
    let clock = Clock::new();
    let limits = Limits::new(&clock);
    for ip in ["192.0.2.1", "2001:db8:1:2::1"] {
        // At once five of five, and then one for every twelve minutes, or as many as there were minutes for.
        for (minutes, more) in [(0, 5), (8, 0), (5, 1), (6, 0), (30, 3), (61, 5), (600, 5)] {
            clock.advance(Duration::minutes(minutes));
            assert_eq!(passed(&limits, ip), [more; 2], "{ip} {minutes}");
        }
        clock.advance(Duration::hours(2));
    }
    let others = [
        limits.export.count("bob").is_ok(),
        limits.export.allows("eve"),
    ];
    assert_eq!(others, [true; 2]);
}

/// All requests whose address cannot be read are one network, and the program itself is none.
#[test]
fn sec_log_03_a_network_that_cannot_be_read_is_limited_too() {
    let limits = Limits::new(&Clock::new());
    let unread = (0..9).filter(|_| limits.register.count(Network::of(None)).is_ok());
    assert_eq!(unread.count(), 5);
    let own = (0..9).filter(|_| limits.register.count(Network::default()).is_ok());
    assert_eq!(own.count(), 9);
}

#[test]
fn sec_log_03_a_site_is_an_ipv4_address_or_a_48_of_ipv6() {
    for (ip, site) in [
        ("192.0.2.1", "192.0.2.1/32"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("2001:db8:1:ffff:3::4", "2001:db8:1::/48"),
        ("2001:db8:2:2:3::4", "2001:db8:2::/48"),
    ] {
        assert_eq!(Network::of(ip.parse().ok()).site(), site, "{ip}");
    }
}

#[tokio::test]
async fn sec_log_07_a_request_passes_after_the_time_in_retry_after() {
    let test = TestApp::idle(&[]).await;
    let start = Instant::now();
    for number in 0..5 {
        let email = format!("{number}@example.com");
        let answer = test.browser().register(&email, PASSWORD).await;
        answer.expect(StatusCode::SEE_OTHER);
    }
    let refused = test.browser().register("ann@example.com", PASSWORD).await;
    let refused = refused.expect(StatusCode::TOO_MANY_REQUESTS);
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    // Room for one comes twelve minutes after the first.
    let from_the_first = start.elapsed().as_secs_f64() + f64::from(seconds);
    assert!(seconds <= 720 && from_the_first > 720.0, "{seconds}");
    let policy = refused.header("ratelimit-policy");
    assert_eq!(policy, "\"register\";q=5;w=3600");
    let state = refused.header("ratelimit");
    assert_eq!(state, format!("\"register\";r=0;t={seconds}"));
    test.after(Duration::seconds(seconds.into()));
    let answer = test.browser().register("ann@example.com", PASSWORD).await;
    answer.expect(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn sec_log_03_keys_are_forgotten_when_they_have_not_been_counted_for_a_while() {
    let test = TestApp::idle(&[]).await;
    let limits = &test.app.limits;
    let networks = ["192.0.2.1", "2001:db8:1:2::1"].map(|ip| Network::of(ip.parse().ok()));
    let count = |limit: &dyn Fn(Network)| networks.iter().for_each(|network| limit(*network));
    count(&|network| limits.register.count(network).unwrap());
    limits.export.count("ann").unwrap();
    assert_eq!(limits.remembered(), 1 + 3 + 1);
    test.after(Duration::hours(2));
    limits.export.count("bob").unwrap();
    let tidying = tokio::spawn(run::forget_idle_visitors(test.app.clone()));
    for _ in 0..9 {
        tokio::task::yield_now().await;
    }
    tidying.abort();
    assert_eq!(limits.remembered(), 1);
}
