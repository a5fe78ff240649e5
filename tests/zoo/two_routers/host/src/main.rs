fn main() {
    println!("Hello, world!");
    serve();
}

#[tokio::main]
async fn serve() {
    let shop = axum::Router::new().route("/", axum::routing::get(async || "shop"));
    let admin = axum::Router::new().route("/", axum::routing::get(async || "admin"));
    tokio::join!(listen(3000, shop), listen(3001, admin));
}

async fn listen(port: u16, app: axum::Router) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
