//! From the second version to the third.

use super::Set;

pub const RENAMED: &[(&str, &str)] = &[("src/accounts/takeout.rs", "src/accounts/own_data.rs")];
pub const REMOVED: &[&str] = &["src/jobs/audit_cleanup.rs"];

pub fn evolve(set: &mut Set) {
    set.append("changes.toml", include_str!("files/third.toml"));
    renamed(set);
    one_job_less(set);
    a_hole_is_closed(set);
    for_finders_of_holes(set);
    words(set);
    around(set);
    set.migrate(
        "10_session_age",
        "create index sessions_inserted_at_index on sessions (inserted_at);\n",
    );
}

fn renamed(set: &mut Set) {
    RENAMED.iter().for_each(|paths| set.rename(*paths));
    let accounts = "base/src/accounts.rs";
    set.replace(accounts, "pub mod takeout;\n", "");
    set.below(accounts, "pub mod magic_link;\n", "pub mod own_data;\n");
    let account = "base/src/web/settings/account.rs";
    set.replace(account, "deletion, takeout}", "deletion, own_data}");
    set.replace(account, "takeout::of(&app", "own_data::of(&app");
    let privacy = "base/src/tests/security/privacy.rs";
    set.replace(
        privacy,
        "deletion, takeout, user_data}",
        "deletion, own_data, user_data}",
    );
    set.replace(
        privacy,
        "takeout::without_secrets(",
        "own_data::without_secrets(",
    );
}

/// Old audit rows go together with everything else that is old; the job of their own is gone from every place that knew it.
fn one_job_less(set: &mut Set) {
    REMOVED.iter().for_each(|path| {
        set.remove(&format!("base/{path}"));
    });
    let jobs = "base/src/jobs.rs";
    set.replace(jobs, "pub mod audit_cleanup;\n", "");
    set.replace(
        jobs,
        "    workers.add::<audit_cleanup::AuditCleanup, _>(Worker(app.clone()))?;\n",
        "",
    );
    let schedule = "base/src/jobs/schedule.rs";
    set.replace(
        schedule,
        "    audit_cleanup::AuditCleanup, cleanup_expired_tokens::CleanupExpiredTokens,\n",
        "    cleanup_expired_tokens::CleanupExpiredTokens,\n",
    );
    set.replace(
        schedule,
        "        periodic(\"0 4 * * *\", half_a_day, AuditCleanup {})?,\n",
        "",
    );
    set.replace(
        schedule,
        "            (\"audit_cleanup\", \"0 4 * * *\".to_owned(), 720),\n",
        "",
    );
    tests_of_one_job_less(set);
    let cleanup = "base/src/jobs/cleanup_expired_tokens.rs";
    set.replace(
        cleanup,
        "accounts::{device, lockout, registration, repeat, session, token, totp, trusted_browser}",
        "accounts::{\n        audit, device, lockout, registration, repeat, session, token, totp, trusted_browser,\n    }",
    );
    set.replace(
        cleanup,
        "        let tokens = token::",
        "        audit::delete_old(&app.db, app.now()).await?;\n        let tokens = token::",
    );
}

fn tests_of_one_job_less(set: &mut Set) {
    let cleanup = "postgres/src/tests/cleanup.rs";
    set.replace(
        cleanup,
        "Run, audit_cleanup::AuditCleanup, cleanup_expired_tokens::CleanupExpiredTokens}",
        "Run, cleanup_expired_tokens::CleanupExpiredTokens}",
    );
    set.replace(
        cleanup,
        "    AuditCleanup {}.run(&test.app, 2).await.unwrap();\n",
        "",
    );
    let tests = "base/src/tests/security/schedule.rs";
    set.replace(
        tests,
        "Run, audit_cleanup::AuditCleanup, cleanup_expired_tokens::CleanupExpiredTokens,",
        "Run, cleanup_expired_tokens::CleanupExpiredTokens,",
    );
    set.replace(tests, "        run(&test, AuditCleanup {}).await;\n", "");
    set.replace(
        tests,
        "    jobs.enqueue(&mut tx, AuditCleanup {}).await.unwrap();\n",
        "    jobs.enqueue(&mut tx, CleanupExpiredTokens {})\n        .await\n        .unwrap();\n",
    );
    set.replace(
        tests,
        "    let done =\n        \"select count(*) from river_job where kind = 'audit_cleanup' and",
        "    let done = \"select count(*) from river_job where kind = 'cleanup_expired_tokens' and",
    );
}

/// Some servers decode `%09` first, and browsers then drop the tab: what was left began with `//`.
fn a_hole_is_closed(set: &mut Set) {
    let return_to = "base/src/web/return_to.rs";
    set.replace(
        return_to,
        "            .replace(\"%2f\", \"/\")\n",
        "            .replace(\"%09\", \"\")\n            .replace(\"%2f\", \"/\")\n",
    );
    set.below(
        "base/src/tests/security/return_to.rs",
        "        \"/%2f%2fevil.example\",\n",
        "        \"/%09/evil.example\",\n",
    );
}

fn for_finders_of_holes(set: &mut Set) {
    set.add(
        "base/src/web/security_txt.rs",
        include_str!("files/security_txt.rs"),
    );
    let web = "base/src/web.rs";
    set.below(web, "pub mod second_factor;\n", "pub mod security_txt;\n");
    set.below(
        web,
        "        .merge(health::router())\n",
        "        .merge(security_txt::router())\n",
    );
    set.add(
        "base/src/tests/security_txt.rs",
        include_str!("files/security_txt_test.rs"),
    );
    set.below(
        "base/src/tests.rs",
        "mod security;\n",
        "mod security_txt;\n",
    );
}

/// Sentences and looks.
fn words(set: &mut Set) {
    set.replace(
        "base/src/accounts/user.rs",
        "/// Sets a password, or takes it away: then the user logs in by email.\n",
        "/// Sets a password. Without one the user logs in by email.\n",
    );
    set.replace(
        "base/src/web/link.rs",
        "//! Links from emails: what one is good for, and what",
        "//! Links from emails, what each is good for, and what",
    );
    set.replace(
        "base/templates/layout.html",
        "<img src=\"/static/favicon.svg\" alt=\"\">",
        "<img src=\"/static/favicon.svg\" alt=\"\" width=\"28\" height=\"28\">",
    );
    set.replace(
        "base/static/sizes.css",
        "--corner: 0.5rem;",
        "--corner: 0.75rem;",
    );
    set.replace(
        "base/static/colours.css",
        "--accent: light-dark(#3b4cca, #a3b1ff);",
        "--accent: light-dark(#3a4bc8, #a3b1ff);",
    );
    set.replace(
        "guides/docs/accounts/your-fields.md",
        "Then the form, on the page with all the others.",
        "Then the form, below the others.",
    );
}

fn around(set: &mut Set) {
    set.replace(
        "deploy/fly.toml",
        "kill_timeout = \"15s\"",
        "kill_timeout = \"20s\"",
    );
    set.replace("deploy/compose.yaml", "mailpit:v1.28", "mailpit:v1.29");
    set.replace(
        "deploy/Dockerfile",
        "# No shell, no packages; its C library is that of the image above.\n",
        "# No shell and no packages; its C library is that of the image above.\n",
    );
    set.replace(
        "deploy/.github/workflows/ci.yml",
        "      - run: cargo fmt --check\n",
        "      - run: cargo fmt --all --check\n",
    );
    set.replace(
        "base/.env.example",
        "# Connections to the database.\n",
        "# Connections to the database, of each process.\n",
    );
}
