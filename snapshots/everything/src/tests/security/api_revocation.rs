//! SES-17 for programs: what ends a token wins against its requests that are under way.

use axum::{body::Body, http::Method};
use sqlx::AssertSqlSafe;

use super::revocation::{Ending, everything, overtaken};
use crate::{
    db,
    id::Id,
    tests::{
        api::{Program, all_scopes, api_token},
        test_app::TestApp,
    },
    web::api::routes::{self, Who},
};

const ANN: &str = "ann@example.com";

/// The routes that write something with a token.
fn writing_routes() -> Vec<(Method, &'static str)> {
    let routes = routes::table().into_iter();
    let routes = routes.filter(|route| matches!(route.who, Who::Bearer(_)));
    let routes = routes.map(|route| (route.method, route.path));
    routes.filter(|(method, _)| method != Method::GET).collect()
}

/// The id of an API token of theirs.
async fn id_of_token(test: &TestApp) -> String {
    let query = "select id from api_tokens order by id limit 1";
    let id: Id = sqlx::query_scalar(AssertSqlSafe(query))
        .fetch_one(&test.app.db)
        .await
        .unwrap();
    id.to_string()
}

/// Every writing route, with a request that is about to write when the token ends. The user has an API token.
pub async fn about_to_write(ending: Ending, start: impl AsyncFn() -> (TestApp, String)) {
    for (method, route) in writing_routes() {
        let (test, token) = start().await;
        let path = route.replace("{id}", &id_of_token(&test).await);
        let what = format!("{method} {path}, {ending:?}");
        let ann = test.user(ANN).await.unwrap().id;
        let mut program = Program::with(&test, &token);
        let request = async move { program.0.send(method, &path, Body::empty()).await };
        let (answer, between) = overtaken(&test, ann, ending, request).await;
        assert_eq!(answer.status, 401, "{what}");
        let mut tx = db::begin(&test.app.db).await.unwrap();
        assert_eq!(everything(&mut tx, ann).await, between, "{what}");
    }
}

#[tokio::test]
async fn sec_ses_17_an_api_token_that_ends_writes_nothing_any_more() {
    for ending in [Ending::Reset, Ending::Suspension] {
        about_to_write(ending, async || {
            let test = TestApp::start().await;
            let mut browser = test.member(ANN).await;
            let token = api_token(&mut browser, &all_scopes()).await;
            test.work().await;
            (test, token)
        })
        .await;
    }
}
