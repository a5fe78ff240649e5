//! What programs make of the API that are none of ours: schemathesis, PyJWT, jose and pyotp, against the app as it runs.

use std::process::Command;

use crate::around::{
    PASSWORD,
    app::App,
    peers::{self, Answers},
    shop::Database,
};
use serde_json::{Value, json};

const ANN: &str = "ann@example.com";
const SECRET: &str = "kH7vTq2mXc9LrWz4NbYs6DfGjP1aUe8oVi3RtQxKw5Sg0EhJyMlBnCpZdF2uA7kX";

/// So many are in the scripts: one that forges nothing has shown nothing.
const FORGED_WITH_PUBLIC_KEYS: [usize; 2] = [327, 296];
const FORGED_WITH_THE_SECRET: [usize; 2] = [288, 259];

/// What has to be seen of what anybody may ask, and of what takes a token.
const ANYBODYS: [&str; 9] = [
    "POST /api/auth/register 202",
    "POST /api/auth/confirm 204",
    "POST /api/auth/reset-password 202",
    "PUT /api/auth/reset-password 204",
    "POST /api/auth/token 200",
    "POST /api/auth/token/refresh 200",
    "DELETE /api/auth/token 200",
    "GET /.well-known/jwks.json 200",
    "GET /api/openapi.json 200",
];
const CALLERS: [&str; 6] = [
    "GET /api/me 200",
    "GET /api/sessions 200",
    "GET /api/tokens 200",
    "POST /api/tokens 201",
    "DELETE /api/tokens 204",
    "DELETE /api/tokens/{id} 204",
];

/// With an API token, with an access token, and with nothing.
fn schemathesis_finds_nothing(database: Database) {
    let app = peers::app(database, &[]);
    for comes_with in ["api-token", "jwt"] {
        let answers = peers::schemathesis(&app, comes_with);
        let seen = ANYBODYS.iter().chain(&CALLERS);
        let missing: Vec<_> = seen.filter(|kind| !answers.contains_key(**kind)).collect();
        assert!(missing.is_empty(), "{missing:?} not in {answers:#?}");
        expect_no_excuses(&answers);
    }
    let answers = peers::schemathesis(&app, "nothing");
    for kind in CALLERS {
        let (what, _) = kind.rsplit_once(' ').unwrap();
        assert!(!answers.contains_key(kind), "{kind}, for nothing");
        assert!(answers.contains_key(&format!("{what} 401")), "{what}");
    }
    expect_no_excuses(&answers);
}

/// Nothing broke, and little was hidden behind limits.
fn expect_no_excuses(answers: &Answers) {
    let count = |status: &str| {
        let those = answers.iter().filter(|(kind, _)| kind.ends_with(status));
        those.map(|(_, count)| count).sum::<u32>()
    };
    for status in ["500", "502", "503"] {
        assert_eq!(count(status), 0, "{answers:#?}");
    }
    let all: u32 = answers.values().sum();
    assert!(count("429") * 20 < all, "{answers:#?}");
}

fn forged_tokens_are_refused(database: Database) {
    let app = peers::app(database, &[]);
    let secretly = peers::app(database, &[("JWT_SECRET_KEY", SECRET)]);
    for (who, shapes) in [&app, &secretly]
        .into_iter()
        .zip([FORGED_WITH_PUBLIC_KEYS, FORGED_WITH_THE_SECRET])
    {
        join(who);
        let scripts = [peers::python("forge.py"), peers::node("forge.mjs")];
        for (mut script, shapes) in scripts.into_iter().zip(shapes) {
            if std::ptr::eq(who, &secretly) {
                script.env("SIGRA_SECRET", SECRET);
            }
            let refused = forge(&mut script, who);
            println!("{script:?}: {refused} shapes refused");
            assert!(refused >= shapes, "{refused} of {shapes} shapes");
        }
    }
}

/// Setting it up, logging in with a browser and with an app.
fn pyotp_and_oathtool_are_a_second_factor(database: Database) {
    let app = peers::app(database, &[]);
    let said = peers::run(&mut peers::python("two_factor.py"), &app);
    assert!(said.contains("3 codes accepted, 3 refused"), "{said}");
}

/// How many shapes it has forged that were refused.
fn forge(script: &mut Command, app: &App) -> usize {
    script
        .env("SIGRA_TOKEN", access_token(app))
        .env("SIGRA_OTHER_TOKEN", access_token(app));
    let said = peers::run(script, app);
    let (count, _) = said.split_once(" shapes refused").expect(&said);
    count.trim().parse().expect(&said)
}

fn join(app: &App) {
    let mut browser = app.client();
    browser.post("/users/register", &[("email", ANN), ("password", PASSWORD)]);
    let code = app.letter_to(ANN).code();
    let answer = browser.post("/users/confirm", &[("code", &code)]);
    assert_eq!(answer.location, "/");
}

fn access_token(app: &App) -> String {
    let body = json!({ "email": ANN, "password": PASSWORD });
    let answer = app.client().post_json("/api/auth/token", &body);
    let pair: Value = serde_json::from_str(&answer.body).unwrap();
    pair["access_token"]
        .as_str()
        .expect(&answer.body)
        .to_owned()
}

#[test]
#[ignore = "starts an app; tests/run peers"]
fn schemathesis_finds_nothing_on_sqlite() {
    schemathesis_finds_nothing(Database::Sqlite);
}

#[test]
#[ignore = "starts an app; tests/run peers"]
fn schemathesis_finds_nothing_on_postgres() {
    schemathesis_finds_nothing(Database::Postgres);
}

#[test]
#[ignore = "starts an app; tests/run peers"]
fn tokens_forged_by_pyjwt_and_jose_are_refused_on_sqlite() {
    forged_tokens_are_refused(Database::Sqlite);
}

#[test]
#[ignore = "starts an app; tests/run peers"]
fn tokens_forged_by_pyjwt_and_jose_are_refused_on_postgres() {
    forged_tokens_are_refused(Database::Postgres);
}

#[test]
#[ignore = "starts an app; tests/run peers"]
fn codes_of_pyotp_are_accepted_on_sqlite() {
    pyotp_and_oathtool_are_a_second_factor(Database::Sqlite);
}

#[test]
#[ignore = "starts an app; tests/run peers"]
fn codes_of_pyotp_are_accepted_on_postgres() {
    pyotp_and_oathtool_are_a_second_factor(Database::Postgres);
}
