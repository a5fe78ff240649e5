//! `/dev/mailbox`: the letters of a developer's machine.

use askama::Template;
use axum::{
    extract::State,
    http::header,
    response::{Html, IntoResponse, Response},
};

use super::{error::Error, page::Page, path::Path};
use crate::{app::App, mail::mailbox::Received};

/// A letter has its own styles, and is shown in a frame of our page. Its links open in the whole window.
const LETTER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

#[derive(Template)]
#[template(path = "mailbox/index.html")]
struct Index {
    page: Page,
    letters: Vec<(usize, Received)>,
}

#[derive(Template)]
#[template(path = "mailbox/show.html")]
struct Show {
    page: Page,
    number: usize,
    letter: Received,
}

pub async fn index(State(app): State<App>, page: Page) -> Result<Html<String>, Error> {
    let letters = letters(&app)?.into_iter().enumerate().rev().collect();
    Ok(Html(Index { page, letters }.render()?))
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    Path(number): Path<usize>,
) -> Result<Html<String>, Error> {
    let letter = letter(&app, number)?;
    Ok(Html(
        Show {
            page,
            number,
            letter,
        }
        .render()?,
    ))
}

pub async fn html(State(app): State<App>, Path(number): Path<usize>) -> Result<Response, Error> {
    let letter = letter(&app, number)?;
    Ok((
        [(header::CONTENT_SECURITY_POLICY, LETTER_POLICY)],
        Html(letter.html),
    )
        .into_response())
}

fn letters(app: &App) -> Result<Vec<Received>, Error> {
    Ok(app.mailer.mailbox().ok_or(Error::NotFound)?.all())
}

fn letter(app: &App, number: usize) -> Result<Received, Error> {
    letters(app)?.into_iter().nth(number).ok_or(Error::NotFound)
}
