//! Whom to tell about a hole.

use super::test_app::TestApp;

#[tokio::test]
async fn whoever_finds_a_hole_knows_whom_to_tell() {
    let test = TestApp::start_with(&[("MAIL_FROM", "Shop <safe@example.com>")]).await;
    test.browser()
        .get("/.well-known/security.txt")
        .await
        .expect_text("Contact: mailto:safe@example.com\n");
}
