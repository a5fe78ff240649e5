use axum::{Router, routing::get};

fn main() {
    let _router: Router = Router::new().route("/", get(|| async { "worker" }));
}
