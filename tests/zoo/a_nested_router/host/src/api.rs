use axum::{Router, extract::State, routing::get};

#[derive(Clone, Default)]
pub struct Shelf(Vec<String>);

pub fn routes() -> Router<Shelf> {
    Router::new().route("/shelf", get(|State(shelf): State<Shelf>| async move { shelf.0.join(", ") }))
}
