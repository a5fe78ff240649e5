#[tokio::test]
async fn sec_rst_10_seeds_are_refused_in_production() {
    let test = in_production().await;
    let refused = seed::run(&test.app).await.unwrap_err().to_string();
    assert!(refused.contains("not in production"), "{refused}");
    assert_eq!(test.people().await, 0);
}

