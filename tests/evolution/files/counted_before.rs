
#[tokio::test]
async fn sec_rte_01_what_is_no_address_is_counted_too() {
    let test = TestApp::start().await;
    let mut browser = test.browser();
    for _ in 0..20 {
        browser
            .post("/users/log-in/link", &[("email", "nobody")])
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    browser
        .post("/users/log-in/link", &[("email", "nobody")])
        .await
        .expect(StatusCode::TOO_MANY_REQUESTS);
}
