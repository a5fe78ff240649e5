//! REG-6: a code may be typed in many ways, and copied with what stands around it. What it is not, is refused.

use axum::http::StatusCode;

use crate::{
    accounts::registration::code,
    db, id,
    tests::{PASSWORD, test_app::TestApp},
    texts::fields,
};

type Typed = fn(&str) -> String;

/// Ways to type a code.
const WAYS: [(&str, Typed); 11] = [
    ("as it stands", str::to_owned),
    ("lower case", str::to_lowercase),
    ("without its hyphen", |code| code.replace('-', "")),
    ("spaces", |code| {
        format!("  {}\t\r\n", code.replace('-', " "))
    }),
    ("other hyphens", |code| {
        code.replace('-', "\u{2013}\u{2212}\u{ad}")
    }),
    ("no-break spaces", |code| {
        format!("\u{a0}{code}\u{202f}\u{3000}")
    }),
    ("zero-width characters", |code| {
        let apart: Vec<String> = code.chars().map(String::from).collect();
        format!("\u{feff}{}\u{200e}", apart.join("\u{200b}\u{2060}"))
    }),
    ("full-width characters", |code| {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        code.chars().map(wide).collect()
    }),
    ("Arabic digits", |code| digits_from(code, '\u{660}')),
    ("Persian digits", |code| digits_from(code, '\u{6f0}')),
    ("Devanagari digits", |code| digits_from(code, '\u{966}')),
];

fn digits_from(code: &str, zero: char) -> String {
    let other = |c: char| match c.to_digit(10) {
        Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap(),
        None => c,
    };
    code.chars().map(other).collect()
}

#[tokio::test]
async fn sec_reg_06_a_code_may_be_typed_in_many_ways() {
    let test = TestApp::start().await;
    for (number, (way, typed)) in WAYS.into_iter().enumerate() {
        let email = format!("ann{number}@example.com");
        // Until one has a digit: seven of ten characters are letters.
        let mut code = String::new();
        let mut browser = test.browser();
        for tries in 0..4 {
            browser = test.browser().from(&format!("198.51.{number}.{tries}"));
            let answer = browser.register(&email, PASSWORD).await;
            answer.expect_redirect("/users/confirm");
            code = test.code_for(&email).await;
            if code.contains(|c: char| c.is_ascii_digit()) {
                break;
            }
            test.after(time::Duration::minutes(15));
        }
        let answer = browser
            .post("/users/confirm", &[("code", &typed(&code))])
            .await;
        assert_eq!(answer.header("location"), "/", "{way}: {code}");
    }
}

#[tokio::test]
async fn sec_reg_06_letters_that_look_like_digits_are_digits() {
    let test = TestApp::idle(&[]).await;
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let id = id::next(&mut tx).await.unwrap();
    let hashes = |typed: &str| code::hashes(&test.app, id, typed).unwrap();
    for typed in ["oil1-0Oi7", "OIL1OOI7", "0111 0017"] {
        assert_eq!(hashes(typed), hashes("0111-0017"), "{typed}");
    }
    for other in ["0111-001", "0111-00177", "0111-001\u{2166}", "", "\u{2167}"] {
        assert_ne!(hashes(other), hashes("0111-0017"), "{other}");
    }
}

#[tokio::test]
async fn sec_reg_06_what_is_no_code_is_refused_with_a_reason() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    browser.register("ann@example.com", PASSWORD).await;
    let long = "4".repeat(20_000);
    for typed in ["", "   ", "\u{1f980}", &long] {
        let answer = browser.post("/users/confirm", &[("code", typed)]).await;
        answer
            .expect(StatusCode::UNPROCESSABLE_ENTITY)
            .expect_text(fields::CODE_WRONG);
    }
}
