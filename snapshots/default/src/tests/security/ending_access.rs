//! SES-17, RST-05, EML-01: what ends which of the things that grant access, as a table. `credentials.rs` has the same table as
//! code; this one is written out, so that neither changes alone.

use serde_json::Value;
use time::Duration;

use super::revocation::Account;
use crate::{
    accounts::{
        credentials::{
            self,
            Scope::{self, *},
        },
        deletion,
    },
    commands::user::Command,
    db::{self, Tx, schema},
    id::{self, Id},
    tests::{
        OTHER_PASSWORD, PASSWORD,
        test_app::TestApp,
        two_factor::{CONFIRM, SETTINGS},
    },
};

const USERS: &str = "users";

/// What grants access: its table, and which rows of it.
type Credential = (&'static str, &'static str, fn(&Value) -> bool);

/// The order is that of the columns below.
const CREDENTIALS: [Credential; 14] = [
    ("password", USERS, |row| !row["password_hash"].is_null()),
    ("sessions", "sessions", |_| true),
    ("links", "tokens", |row| {
        row["purpose"] != "change_email" && row["purpose"] != "veto_email"
    }),
    ("change of the email", "tokens", |row| {
        row["purpose"] == "change_email"
    }),
    ("vetoes", "tokens", |row| row["purpose"] == "veto_email"),
    ("known browsers", "devices", |_| true),
    ("trusted browsers", "trusted_browsers", |_| true),
    ("second factor", "totp_secrets", |row| {
        !row["confirmed_at"].is_null()
    }),
    ("enrolments", "totp_secrets", |row| {
        row["confirmed_at"].is_null()
    }),
    ("registration", "registrations", |_| true),
    ("second clicks", "repeats", |_| true),
    ("passkeys", "passkeys", |_| true),
    ("API tokens", "api_tokens", |_| true),
    ("connected apps", "jwt_families", |_| true),
];

/// `x` ends, `.` stays.
const SCOPES: [(Scope, &str); 11] = [
    (EndAll, ". x . x . . x . x . x . . x"),
    (EndOthers, ". x . x . . x . x . x . . x"),
    (PasswordChange, ". x x x . x x . x . x . . x"),
    (EmailChange, ". x x x . . x . x x x . . x"),
    (SecondFactorChange, ". x . x . x x . x . x . . x"),
    (DeletionSchedule, ". x x x . . x . x . x . . x"),
    (FirstProof, "x x x x . x x x x x x x x x"),
    (Reset, "x x x x . x x . x x x . x x"),
    (Veto, "x x x x . x x . x x x x x x"),
    (Suspension, ". x x x . x x . x x x . x x"),
    (Closure, "x x x x x x x x x x x x x x"),
];

/// The same for what users and operators do. `o`: only what belongs to the browser that does it stays.
const EVENTS: [(&str, &str); 15] = [
    ("log out everywhere", ". x . x . . x . x . x . . x"),
    ("log out elsewhere", ". o . x . . x . x . x . . x"),
    ("user log-out", ". x . x . . x . x . x . . x"),
    ("user log-out --everyone", ". x . . . . . . x . o . . x"),
    ("change the password", "x o x x . o x . x . x . . x"),
    ("change the email", ". o x x . . x . x x x . . x"),
    ("replace the app", ". o . x . o x x x . x . . x"),
    ("turn the second factor off", ". o . x . o x x x . x . . x"),
    ("user remove-second-factor", ". x . x . x x x x . x . . x"),
    ("schedule the deletion", ". x x x . . x . x . x . . x"),
    ("first proof of the email", "x x x x . x x x x x x x x x"),
    ("reset", "x x x x . x x . x x x . x x"),
    ("veto", "x x x x x x x . x x x x x x"),
    ("user suspend", ". x x x . x x . x x x . x x"),
    ("delete", "x x x x x x x x x x x x x x"),
];

/// The tables of features, and whether the feature is here: one that was taken out leaves them.
const FEATURES: [(&str, &str); 4] = [
    ("api_tokens", "gone"),
    ("jwt_families", "gone"),
    ("passkey_challenges", "here"),
    ("passkeys", "here"),
];

/// The tables with rows of a user, as far as their features are here.
pub async fn tables(tx: &mut Tx) -> Vec<String> {
    let mut tables = schema::tables_with(tx, "user_id").await.unwrap();
    tables.retain(|table| !FEATURES.contains(&(table, "gone")));
    tables
}

/// The rows of each credential, by what does not change in them while they are worth the same.
type Rows = Vec<Option<Vec<String>>>;

async fn rows(tx: &mut Tx, account: &Account<'_>) -> Rows {
    let mut tables = tables(tx).await;
    tables.push(USERS.to_owned());
    let mut all = Vec::new();
    for (_, table, is_one) in CREDENTIALS {
        if !tables.iter().any(|known| known == table) {
            // Of a feature that is not here.
            all.push(None);
            continue;
        }
        let column = if table == USERS { "id" } else { "user_id" };
        let rows = schema::rows_as_json(tx, table, column, account.id).await;
        let keys = ["password_hash", "id", "hash"];
        let key = |row: &Value| keys.iter().find_map(|key| Some(row.get(*key)?.to_string()));
        let rows = rows.unwrap().into_iter().filter(is_one);
        all.push(Some(rows.filter_map(|row| key(&row)).collect()));
    }
    all
}

/// What has become of the rows that were there before.
fn fates(before: &Rows, after: &Rows) -> Vec<char> {
    let fate = |(before, after): (&Option<Vec<String>>, &Option<Vec<String>>)| {
        let (Some(before), Some(after)) = (before, after) else {
            return '-';
        };
        let left = before.iter().filter(|row| after.contains(*row)).count();
        match left {
            0 => 'x',
            left if left == before.len() => '.',
            _ => 'o',
        }
    };
    before.iter().zip(after).map(fate).collect()
}

/// What is not as the row says.
fn differences(event: &str, row: &str, before: &Rows, after: &Rows) -> Vec<String> {
    let mut found = Vec::new();
    let rows = CREDENTIALS.iter().zip(before);
    for ((name, _, _), _) in rows.filter(|(_, rows)| rows.as_ref().is_some_and(Vec::is_empty)) {
        found.push(format!("no {name}, so nothing is shown"));
    }
    assert_eq!(row.split(' ').count(), CREDENTIALS.len(), "{event}");
    let expected = row.split(' ').map(|fate| fate.chars().next().unwrap());
    let fates = fates(before, after).into_iter().zip(expected);
    for ((name, _, _), (fate, expected)) in CREDENTIALS.iter().zip(fates) {
        if fate != '-' && fate != expected {
            found.push(format!("{event}: {name} is {fate}, not {expected}"));
        }
    }
    found
}

/// Adds what no request of the others brings.
pub async fn add_rows(test: &TestApp, user: Id, email: &str) {
    let mut tx = db::begin(&test.app.db).await.unwrap();
    let (now, later) = (test.app.now(), test.app.now() + Duration::days(1));
    let unique = email.as_bytes();
    let token = "insert into tokens (id, user_id, purpose, email, expires_at, inserted_at)
         values ($1, $2, $3, $4, $5, $6)";
    for purpose in ["confirm", "log_in", "reset_password", "unlock"] {
        let id = id::next(&mut tx).await.unwrap();
        let insert = sqlx::query(token).bind(id).bind(user).bind(purpose);
        let insert = insert.bind(email).bind(later).bind(now);
        insert.execute(&mut *tx).await.unwrap();
    }
    let registration = "insert into registrations
           (id, email, user_id, browser_hash, tries, expires_at, inserted_at)
         values ($1, $2, $3, $4, 0, $5, $6)";
    let id = id::next(&mut tx).await.unwrap();
    let insert = sqlx::query(registration).bind(id).bind(email);
    let insert = insert.bind(user).bind(unique).bind(later).bind(now);
    insert.execute(&mut *tx).await.unwrap();
    let repeat = "insert into repeats (hash, user_id, inserted_at) values ($1, $2, $3)";
    let insert = sqlx::query(repeat).bind(unique).bind(user).bind(now);
    insert.execute(&mut *tx).await.unwrap();
    let tables = tables(&mut tx).await;
    if tables.iter().any(|table| table == "passkeys") {
        let passkey = "insert into passkeys (id, user_id, credential_id, user_handle,
               sealed_credential, kind, name, sign_count, backed_up, inserted_at)
             values ($1, $2, $3, $3, $3, 'login', 'x', 0, $4, $5)";
        let id = id::next(&mut tx).await.unwrap();
        let insert = sqlx::query(passkey).bind(id).bind(user).bind(unique);
        insert
            .bind(false)
            .bind(now)
            .execute(&mut *tx)
            .await
            .unwrap();
        let challenge = "insert into passkey_challenges
               (id, hash, purpose, user_id, sealed_state, expires_at, inserted_at)
             values ($1, $2, 'sudo', $3, $2, $4, $5)";
        let insert = sqlx::query(challenge).bind(id).bind(unique).bind(user);
        insert
            .bind(later)
            .bind(now)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn sec_ses_17_each_scope_ends_what_the_table_says() {
    let test = TestApp::start().await;
    let account = Account::new(&test, 0).await;
    add_rows(&test, account.id, &account.email).await;
    let mut found = Vec::new();
    for (scope, row) in SCOPES {
        let mut held = test.hold(&account.email).await;
        let before = rows(held.tx(), &account).await;
        credentials::revoke(&mut held, scope).await.unwrap();
        let after = rows(held.tx(), &account).await;
        found.extend(differences(&format!("{scope:?}"), row, &before, &after));
    }
    assert_eq!(found, [""; 0]);
}

/// Does it, in the browser of the account, in another one, or on the command line.
async fn happen(test: &TestApp, event: &str, account: &mut Account<'_>) {
    let email = account.email.clone();
    let here = &mut account.here;
    let mut elsewhere = test.browser().from("198.51.100.7");
    let new = email.replace("ann", "new").replace(".com", ".org");
    let password = [("new_password", OTHER_PASSWORD)];
    let code = account.other_phone.code(test);
    let (path, form) = match event {
        "log out everywhere" => ("/users/settings/sessions/end-all".to_owned(), vec![]),
        "log out elsewhere" => ("/users/settings/sessions/end-others".to_owned(), vec![]),
        "change the password" => (
            "/users/settings/password".to_owned(),
            vec![("current_password", PASSWORD), password[0]],
        ),
        "change the email" => (
            test.link_below(&new, "/users/settings/email/").await,
            vec![],
        ),
        "replace the app" => (CONFIRM.to_owned(), vec![("code", code.as_str())]),
        "turn the second factor off" => (format!("{SETTINGS}/disable"), vec![]),
        "schedule the deletion" => ("/users/settings/delete".to_owned(), vec![]),
        "reset" | "first proof of the email" => {
            let path = match event {
                "reset" => "/users/reset-password",
                _ => "/users/log-in/link",
            };
            elsewhere.post(path, &[("email", &email)]).await;
            let link = test.link_below(&email, &format!("{path}/")).await;
            *here = elsewhere;
            (link, password.to_vec())
        }
        "veto" => {
            *here = elsewhere;
            (test.link_below(&email, "/users/email-veto/").await, vec![])
        }
        "delete" => {
            let due = "update users
                 set deletion_at = inserted_at";
            sqlx::query(due).execute(&test.app.db).await.unwrap();
            assert_eq!(deletion::close_due(&test.app).await.unwrap(), 1);
            return;
        }
        command => {
            let words: Vec<_> = command.split(' ').skip(1).collect();
            let words = match words[..] {
                [what] => vec![what, &email],
                _ => words,
            };
            let command = Command::parse(&words).unwrap();
            command.run(&test.app).await.unwrap();
            return;
        }
    };
    let answer = here.post(&path, &form).await;
    assert!(answer.status.is_redirection(), "{event}: {}", answer.body);
}

#[tokio::test]
async fn sec_ses_17_each_event_ends_what_the_table_says() {
    let mut found = Vec::new();
    for (number, (event, row)) in EVENTS.into_iter().enumerate() {
        let test = TestApp::start().await;
        let mut account = Account::new(&test, number).await;
        add_rows(&test, account.id, &account.email).await;
        if event.starts_with("first proof") {
            let unproved = "update users
                 set confirmed_at = null";
            sqlx::query(unproved).execute(&test.app.db).await.unwrap();
        }
        let mut tx = db::begin(&test.app.db).await.unwrap();
        let before = rows(&mut tx, &account).await;
        tx.rollback().await.unwrap();
        happen(&test, event, &mut account).await;
        let mut tx = db::begin(&test.app.db).await.unwrap();
        let after = rows(&mut tx, &account).await;
        found.extend(differences(event, row, &before, &after));
    }
    assert_eq!(found, [""; 0]);
}
