//! LOG-4, LOG-12: the headers that we read, and everything that may stand in them.

use axum::http::{HeaderMap, HeaderValue, StatusCode};

use crate::{accounts::client::Client, tests::test_app::TestApp, web::client::client_ip};

/// What a proxy at 10.0.0.1 makes of these lines.
fn behind_proxy(lines: &[&[u8]]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
    }
    let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let proxy = "::ffff:10.0.0.1".parse().unwrap();
    client_ip(proxy, &headers, &trusted).map(|address| address.to_string())
}

#[test]
fn sec_log_04_every_way_to_write_an_address_is_read() {
    let cases: &[(&[u8], &str)] = &[
        (b"203.0.113.9", "203.0.113.9"),
        (b" 203.0.113.9 ", "203.0.113.9"),
        (b"203.0.113.9:51234", "203.0.113.9"),
        (b"\"203.0.113.9\"", "203.0.113.9"),
        (b"\"203.0.113.9:80\"", "203.0.113.9"),
        (b"203.0.113.9,", "203.0.113.9"),
        (b"203.0.113.9, ,", "203.0.113.9"),
        (b"203.0.113.9,\t10.2.3.4", "203.0.113.9"),
        (b"203.0.113.9, [fd00::7]:443, 10.9.9.9:1", "203.0.113.9"),
        (b"2001:db8::1", "2001:db8::1"),
        (b"2001:DB8:0::1", "2001:db8::1"),
        (b"[2001:db8::1]", "2001:db8::1"),
        (b"[2001:db8::1]:443", "2001:db8::1"),
        (b"\"[2001:db8::1]:443\"", "2001:db8::1"),
        (b"fe80::1%eth0", "fe80::1"),
        (b"::ffff:203.0.113.9", "203.0.113.9"),
        (b"[::ffff:203.0.113.9]:80", "203.0.113.9"),
        (b"203.0.113.9, ::ffff:10.0.0.2", "203.0.113.9"),
        // What a client writes stands before what the proxy adds.
        (b"\xff, 203.0.113.9", "203.0.113.9"),
        (b"unknown, 203.0.113.9", "203.0.113.9"),
        (b"198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (b"10.5.5.5", "10.5.5.5"),
    ];
    for (line, expected) in cases.iter().copied() {
        let line_text = String::from_utf8_lossy(line);
        assert_eq!(
            behind_proxy(&[line]).as_deref(),
            Some(expected),
            "{line_text}"
        );
    }
}

#[test]
fn sec_log_04_what_cannot_be_read_is_never_the_proxy() {
    let unreadable: &[&[u8]] = &[
        b"unknown",
        b"_hidden",
        b"",
        b",",
        b"\xff",
        b"203.0.113.9\xff",
        b"203.0.113.256",
        b"203.0.113.9:port",
        b"203.0.113.9:70000",
        b"[2001:db8::1",
        b"203.0.113",
        b"for=203.0.113.9",
        "\u{0968}03.0.113.9".as_bytes(),
        b"203.0.113.9, unknown",
        b"203.0.113.9 198.51.100.1",
    ];
    for line in unreadable.iter().copied() {
        let line_text = String::from_utf8_lossy(line);
        assert_eq!(behind_proxy(&[line]), None, "{line_text}");
    }
    // They are counted together, and not at all like this program itself.
    assert_ne!(
        Client::new(None, "", None).network,
        Client::default().network
    );
}

#[tokio::test]
async fn sec_log_04_a_header_of_the_proxy_names_the_client() {
    let settings = [
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("CLIENT_IP_HEADER", "Fly-Client-IP"),
    ];
    let test = TestApp::idle(&settings).await;
    let client = |peer: &str, number: u8| {
        let browser = test.browser().from(peer);
        let browser = browser.with_header("x-forwarded-for", "203.0.113.9, 198.51.100.1");
        browser.with_header("fly-client-ip", &format!("192.0.2.{number}"))
    };
    for number in 0..25 {
        let statuses = ["10.0.0.7", "198.51.100.8"].map(|peer| client(peer, number));
        let [mut behind, mut forged] = statuses;
        let code = [("code", "AAAA-AAAA")];
        let answer = behind.post("/users/confirm", &code).await;
        answer.expect(StatusCode::SEE_OTHER);
        // Nobody else is believed.
        let answer = forged.post("/users/confirm", &code).await;
        let is_refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(is_refused, number >= 20, "{number}");
    }
}

#[test]
fn sec_log_04_several_lines_are_one_list() {
    assert_eq!(
        behind_proxy(&[b"203.0.113.9", b"10.0.0.7"]).as_deref(),
        Some("203.0.113.9")
    );
    assert_eq!(
        behind_proxy(&[b"\xff", b"203.0.113.9"]).as_deref(),
        Some("203.0.113.9")
    );
    // Without a line the proxy asks for itself.
    assert_eq!(behind_proxy(&[]).as_deref(), Some("10.0.0.1"));
}

#[tokio::test]
async fn sec_aud_08_a_request_has_a_number_of_ours_or_of_a_proxy_of_ours() {
    let test = TestApp::start_with(&[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    let given = "0198b4a2-7c1e-7d3a-9f00-5B6c7d8e9f01";
    let id_for = async |from: &str, header: &str| {
        let browser = test
            .browser()
            .from(from)
            .with_header("x-request-id", header);
        let answer = browser.clone().get("/").await.expect(StatusCode::OK);
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(id_for("10.0.0.1", given).await, given);
    let long = "a".repeat(60_000);
    for (from, header) in [
        ("192.0.2.1", given),
        ("10.0.0.1", ""),
        ("10.0.0.1", "1"),
        ("10.0.0.1", &long),
        ("10.0.0.1", "ann@example.com"),
        ("10.0.0.1", "0198b4a27c1e7d3a9f005b6c7d8e9f01"),
        ("10.0.0.1", "0198b4a2-7c1e-7d3a-9f00-5b6c7d8e9f0g"),
        ("10.0.0.1", "0198b4a2-7c1e-7d3a-9f00-5b6c7d8e9f01, x"),
    ] {
        let id = id_for(from, header).await;
        assert_ne!(id, header);
        assert_eq!((id.len(), id.split('-').count()), (36, 5), "{id}");
    }
}
