//! LOG-4, LOG-12: the headers that we read, and everything that may stand in them.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request, StatusCode},
};
use tower::ServiceExt;

use crate::{
    accounts::client::Client,
    config::Config,
    tests::{PASSWORD, test_app::TestApp},
    web::client::client_ip,
};

/// What a proxy at 10.0.0.1 makes of these lines.
fn behind_proxy(lines: &[&[u8]]) -> Option<String> {
    with_settings(lines, &[])
}

fn with_settings(lines: &[&[u8]], settings: &[(&str, &str)]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line).unwrap();
        headers.append("x-forwarded-for", value.clone());
        headers.append("fly-client-ip", value);
    }
    let setting = |name: &str| match name {
        "APP_ENV" => Some("development".to_owned()),
        "TRUSTED_PROXIES" => Some("10.0.0.0/8, fd00::/8".to_owned()),
        name => Some(
            settings
                .iter()
                .find(|(known, _)| *known == name)?
                .1
                .to_owned(),
        ),
    };
    let config = Config::read(&setting).unwrap_or_else(|problems| panic!("{problems}"));
    let proxy = "::ffff:10.0.0.1".parse().unwrap();
    client_ip(proxy, &headers, &config).map(|address| address.to_string())
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
    assert_eq!(Client::new(None, "", None).address, "unknown");
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

#[test]
fn sec_log_04_a_header_of_the_proxys_own_names_the_client_alone() {
    let fly = [("CLIENT_IP_HEADER", "Fly-Client-IP")];
    let read = |lines: &[&[u8]]| with_settings(lines, &fly);
    assert_eq!(read(&[b"203.0.113.9"]).as_deref(), Some("203.0.113.9"));
    assert_eq!(
        read(&[b" [2001:db8::1]:80 "]).as_deref(),
        Some("2001:db8::1")
    );
    for lines in [
        &[] as &[&[u8]],
        &[b""],
        &[b"203.0.113.9, 198.51.100.1"],
        &[b"1.2.3.4", b"1.2.3.4"],
    ] {
        assert_eq!(read(lines), None);
    }
}

#[tokio::test]
async fn sec_aud_08_a_request_has_a_number_of_ours() {
    let test = TestApp::start_with(&[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    let long = "a".repeat(60_000);
    // Proxies pass on what clients have written.
    for from in ["192.0.2.1", "10.0.0.1"] {
        for header in ["0198b4a2-7c1e-7d3a-9f00-5b6c7d8e9f01", "", "1", &long] {
            let browser = test.browser().from(from);
            let mut browser = browser.with_header("x-request-id", header);
            let answer = browser.get("/").await.expect(StatusCode::OK);
            let id = answer.header("x-request-id");
            assert_ne!(id, header);
            assert_eq!((id.len(), id.split('-').count()), (36, 5), "{id}");
        }
    }
}

/// Asks for the sessions page, with these lines of a header.
async fn with_lines(test: &TestApp, name: &str, lines: &[&[u8]]) -> StatusCode {
    let mut request = Request::get("/users/settings/sessions");
    for line in lines {
        request = request.header(name, HeaderValue::from_bytes(line).unwrap());
    }
    let request = request.body(Body::empty()).unwrap();
    test.router.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn sec_log_12_a_cookie_that_cannot_be_read_takes_no_other_along() {
    let test = TestApp::start().await;
    let ann = test.member("ann@example.com").await;
    let session = ann.cookie("_session").unwrap();
    let name = concat!(env!("CARGO_PKG_NAME"), "_session");
    let good = format!("{name}={session}");
    let join = |parts: &[&[u8]]| parts.concat();
    for lines in [
        vec![good.clone().into_bytes()],
        vec![join(&[b"a=\xff; ", good.as_bytes()])],
        vec![join(&[good.as_bytes(), b"; \xfc=1; b=2"])],
        vec![join(&[b"a=%ff; =; ;; b; ", good.as_bytes(), b";"])],
        vec![b"a=1".to_vec(), good.clone().into_bytes()],
        vec![good.clone().into_bytes(), b"a=\xff".to_vec()],
        // A second one of this name, from a path or a domain of somebody else's.
        vec![join(&[name.as_bytes(), b"=x; ", good.as_bytes()])],
        vec![join(&[good.as_bytes(), b"; ", name.as_bytes(), b"=x"])],
    ] {
        let text: Vec<_> = lines
            .iter()
            .map(|line| String::from_utf8_lossy(line))
            .collect();
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        assert_eq!(
            with_lines(&test, "cookie", &lines).await,
            StatusCode::OK,
            "{text:?}"
        );
    }
    let shouted = good.to_uppercase();
    let status = with_lines(&test, "cookie", &[shouted.as_bytes()]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_wants_a_page_gets_one() {
    let test = TestApp::idle(&[]).await;
    let pages: &[&[&[u8]]] = &[
        &[b"text/html"],
        &[b"Text/HTML; charset=utf-8"],
        &[b"application/xhtml+xml"],
        &[b"application/json, text/html;q=0.5"],
        &[b"\xff, text/html"],
        &[b"application/json", b"text/html"],
        &[b"text/html,,"],
    ];
    let programs: &[&[&[u8]]] = &[
        &[],
        &[b"*/*"],
        &[b"application/json"],
        &[b"text/html;q=0"],
        &[b"text/html; Q=0.000, application/json"],
        &[b"text/htmlx"],
        &[b"application/x; a=text/html"],
        &[b"text/html\xff"],
    ];
    for lines in pages {
        assert_eq!(
            with_lines(&test, "accept", lines).await,
            StatusCode::SEE_OTHER,
            "{lines:?}"
        );
    }
    for lines in programs {
        assert_eq!(
            with_lines(&test, "accept", lines).await,
            StatusCode::UNAUTHORIZED,
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn a_copy_that_a_browser_has_is_recognised_however_it_is_named() {
    let test = TestApp::idle(&[]).await;
    let tag = test
        .browser()
        .get("/static/app.css")
        .await
        .header("etag")
        .to_owned();
    let ask = async |known: &str| {
        let mut browser = test.browser().with_header("if-none-match", known);
        browser.get("/static/app.css").await.status
    };
    let (weak, list) = (format!("W/{tag}"), format!("\"other\" , {tag}"));
    for known in [tag.as_str(), &weak, &list, "*", &format!("{weak},")] {
        assert_eq!(ask(known).await, StatusCode::NOT_MODIFIED, "{known}");
    }
    for other in [
        "",
        "\"other\"",
        tag.trim_matches('"'),
        &tag.to_uppercase(),
        "w/*",
    ] {
        assert_eq!(ask(other).await, StatusCode::OK, "{other}");
    }
}

#[tokio::test]
async fn sec_web_01_a_form_comes_from_the_whole_origin_of_ours() {
    let settings = [("APP_URL", "https://shop.example.com:8443")];
    let test = TestApp::idle(&settings).await;
    let send = async |site: &str, origin: &str| {
        let browser = test.browser().with_header("host", "shop.example.com:8443");
        let browser = match site {
            "" => browser.without_header("sec-fetch-site"),
            site => browser.with_header("sec-fetch-site", site),
        };
        let mut browser = match origin {
            "" => browser,
            origin => browser.with_header("origin", origin),
        };
        browser.post("/users/log-out", &[]).await.status
    };
    let ours = "https://shop.example.com:8443";
    for (site, origin) in [
        ("same-origin", ours),
        ("none", ""),
        ("", ours),
        // No browser.
        ("", ""),
    ] {
        assert_eq!(
            send(site, origin).await,
            StatusCode::SEE_OTHER,
            "{site} {origin}"
        );
    }
    for (site, origin) in [
        ("", "http://shop.example.com:8443"),
        ("", "https://shop.example.com"),
        ("", "https://SHOP.example.com:8443"),
        ("", "https://shop.example.com:8443/"),
        ("", "https://evil.example"),
        ("", "null"),
        ("same-site", ours),
        ("cross-site", ours),
        ("cross-site", ""),
        ("Same-Origin", ""),
        ("same-origin, none", ""),
    ] {
        assert_eq!(
            send(site, origin).await,
            StatusCode::FORBIDDEN,
            "{site} {origin}"
        );
    }
}

#[tokio::test]
async fn sec_aud_07_what_a_browser_calls_itself_is_shortened() {
    let test = TestApp::start().await;
    let agent = "x".repeat(4000);
    let mut browser = test.browser().with_header("user-agent", &agent);
    browser.register("ann@example.com", PASSWORD).await;
    let code = test.code_for("ann@example.com").await;
    browser.post("/users/confirm", &[("code", &code)]).await;
    for longest in [
        "select cast(max(length(agent)) as bigint) from sessions",
        "select cast(max(length(agent)) as bigint) from audit_events",
    ] {
        assert_eq!(test.count(longest).await, 255, "{longest}");
    }
}
