//! What something costs, and what it says in the log: seen from the log itself, which knows every statement.

use std::{
    future::Future,
    sync::{Arc, LazyLock, Mutex},
};

use tracing::{
    Event, Instrument, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

use crate::run;

/// Runs something and returns every line it has logged, as with `RUST_LOG=trace`.
pub async fn log_of<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    static RECORDING: LazyLock<()> = LazyLock::new(|| {
        tracing::subscriber::set_global_default(Registry::default().with(Recorder)).unwrap();
    });
    LazyLock::force(&RECORDING);
    let lines: Lines = Arc::default();
    let span = NEXT.with(|next| {
        *next.lock().unwrap() = Some(lines.clone());
        tracing::error_span!("recorded")
    });
    let done = work.instrument(span).await;
    let lines = lines.lock().unwrap().clone();
    (done, lines)
}

/// Runs something and returns the statements it has sent to the database, without their values.
pub async fn statements<T>(work: impl Future<Output = T>) -> (T, Vec<String>) {
    let (done, log) = log_of(work).await;
    let queries = log.iter().filter(|line| line.contains(" sqlx::query "));
    // Workers are told of new jobs once in a while, and sqlx asks PostgreSQL for a type the first
    // time that a connection uses it: neither depends on the request that happens to cause it.
    let incidental = ["pg_notify", "river_notification", "pg_catalog"];
    let queries = queries.filter(|line| !incidental.iter().any(|part| line.contains(part)));
    let statements = queries.map(|line| {
        let summary = line.split("summary=").nth(1).unwrap_or_default();
        summary
            .split(" rows_affected=")
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    (done, statements.collect())
}

type Lines = Arc<Mutex<Vec<String>>>;

thread_local! {
    /// Handed to the span that is opened next on this thread.
    static NEXT: Mutex<Option<Lines>> = const { Mutex::new(None) };
}

struct Recorder;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, span: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(opened) = context.span(id) else {
            return;
        };
        if span.metadata().name() == "recorded" {
            let lines = NEXT.with(|next| next.lock().unwrap().take());
            opened.extensions_mut().insert(lines.unwrap_or_default());
        }
        let mut text = Text(format!("span {}", span.metadata().name()));
        span.record(&mut text);
        for span in opened.scope() {
            if let Some(lines) = span.extensions().get::<Lines>() {
                lines.lock().unwrap().push(text.0.clone());
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if !run::may_be_logged(metadata) {
            return;
        }
        let mut text = Text(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut text);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(lines) = span.extensions().get::<Lines>() {
                lines.lock().unwrap().push(text.0.clone());
            }
        }
    }
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}
