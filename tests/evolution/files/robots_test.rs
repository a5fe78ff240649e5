//! What search engines are told.

use super::test_app::TestApp;

#[tokio::test]
async fn unless_it_is_allowed_nothing_is_kept() {
    for (setting, line) in [("", "Disallow: /\n"), ("allow", "Disallow: /users/\n")] {
        let test = TestApp::start_with(&[("ROBOTS", setting)]).await;
        test.browser().get("/robots.txt").await.expect_text(line);
    }
}
