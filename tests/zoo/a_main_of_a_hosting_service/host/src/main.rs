use axum::{Router, routing::get};

#[hosting::main]
async fn main(#[hosting::Database] pool: Pool) -> hosting::Axum {
    let router = Router::new().route("/", get(home)).with_state(pool);
    Ok(router.into())
}
