// The shop.

mod api;

#[tokio::main]
async fn main() {
    let state = api::Shelf::default();
    let app = axum::Router::new().nest("/api", api::routes()).with_state(state);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
