//! From the first version to the second.

use super::Set;

pub const RENAMED: &[(&str, &str)] = &[
    ("src/accounts/export.rs", "src/accounts/takeout.rs"),
    (
        "templates/link_expired.html",
        "templates/links/expired.html",
    ),
];
pub const REMOVED: &[&str] = &[];

pub fn evolve(set: &mut Set) {
    set.append("changes.toml", include_str!("files/second.toml"));
    renamed(set);
    a_hole_is_closed(set);
    for_robots(set);
    a_setting(set);
    around(set);
    looks(set);
    set.migrate(
        "09_device_age",
        "-- Old browsers are found by their age.\ncreate index devices_inserted_at_index on devices (inserted_at);\n",
    );
    // Nobody notices: in the project it is where it was.
    set.carry(
        "guides/docs/accounts/cryptography.md",
        "base/docs/accounts/cryptography.md",
    );
}

fn renamed(set: &mut Set) {
    RENAMED.iter().for_each(|paths| set.rename(*paths));
    let accounts = "base/src/accounts.rs";
    set.replace(accounts, "pub mod export;\n", "");
    set.below(accounts, "pub mod suspension;\n", "pub mod takeout;\n");
    let account = "base/src/web/settings/account.rs";
    set.replace(account, "deletion, export}", "deletion, takeout}");
    set.replace(account, "export::of(&app", "takeout::of(&app");
    let privacy = "base/src/tests/security/privacy.rs";
    set.replace(
        privacy,
        "deletion, export, user_data}",
        "deletion, takeout, user_data}",
    );
    set.replace(
        privacy,
        "export::without_secrets(",
        "takeout::without_secrets(",
    );
    set.replace(
        "base/src/web/page.rs",
        "\"link_expired.html\"",
        "\"links/expired.html\"",
    );
}

/// Letters were counted only once an address looked like one: whoever sent anything else was free to go on.
fn a_hole_is_closed(set: &mut Set) {
    let links = "base/src/web/log_in_links.rs";
    let budget = "    let budget = &app.limits.log_in_link;\n";
    let count = "    if form::email(&ask.email).is_err() {\n        app.limits.passwords.count(client.network)?;\n    }\n";
    let parse = "    let email = match form::email(&ask.email) {\n";
    set.replace(links, budget, "");
    set.replace(links, parse, &format!("{count}{budget}{parse}"));
    set.append(
        "base/src/tests/security/magic_links.rs",
        include_str!("files/counted_before.rs"),
    );
}

fn for_robots(set: &mut Set) {
    set.add("base/src/web/robots.rs", include_str!("files/robots.rs"));
    set.below(
        "base/src/web.rs",
        "pub mod return_to;\n",
        "pub mod robots;\n",
    );
    let routes = "base/src/web/routes.rs";
    set.replace(
        routes,
        "registrations, second_factor, sessions, settings, sudo, throttle,\n    unlocks,\n",
        "registrations, robots, second_factor, sessions, settings, sudo,\n    throttle, unlocks,\n",
    );
    set.below(
        routes,
        "    let rows = vec![\n",
        "        // for machines\n        get(\"/robots.txt\", Anyone, robots::show),\n",
    );
    set.add(
        "base/src/tests/robots.rs",
        include_str!("files/robots_test.rs"),
    );
    set.below(
        "base/src/tests/security/access.rs",
        "    \"GET /dev/mailbox/{number}/html: development\",\n",
        "    \"GET /robots.txt: anyone\",\n",
    );
    set.below("base/src/tests.rs", "mod resetting;\n", "mod robots;\n");
}

fn a_setting(set: &mut Set) {
    let config = "base/src/config.rs";
    set.below(
        config,
        "    pub deletion: Deletion,\n",
        "    /// `ROBOTS`: whether search engines may keep pages, `forbid` or `allow`.\n    pub robots: bool,\n",
    );
    set.below(
        config,
        "        let deletion = read.deletion();\n",
        "        let robots = read.robots();\n",
    );
    set.below(config, "            deletion,\n", "            robots,\n");
    set.replace(
        "base/src/config/reader.rs",
        "    pub fn deletion(",
        "    pub fn robots(&mut self) -> bool {\n        let words = [(\"forbid\", false), (\"allow\", true)];\n        self.one_of(\"ROBOTS\", words, \"must be forbid or allow\")\n    }\n\n    pub fn deletion(",
    );
    set.below(
        "base/.env.example",
        "DELETION=anonymise\n",
        "# Whether search engines may keep pages: forbid or allow.\nROBOTS=forbid\n",
    );
}

fn around(set: &mut Set) {
    let feature = "base/feature.toml";
    set.replace(
        feature,
        "[\"formatting\", \"macros\"]",
        "[\"formatting\", \"macros\", \"parsing\"]",
    );
    set.replace(
        feature,
        "[\"/target\", \".env\"]",
        "[\"/target\", \".env\", \"*.profraw\"]",
    );
    set.replace(
        "deploy/Dockerfile",
        "RUN cargo clean --release --package {= name =}\n",
        "RUN cargo clean --locked --release --package {= name =}\n",
    );
    set.replace(
        "deploy/fly.toml",
        "grace_period = \"10s\"",
        "grace_period = \"20s\"",
    );
    set.replace("deploy/compose.yaml", "mailpit:v1.27", "mailpit:v1.28");
    set.below("deploy/.dockerignore", "**/target\n", "**/*.profraw\n");
    set.replace(
        "deploy/.github/workflows/ci.yml",
        "timeout-minutes: 30",
        "timeout-minutes: 40",
    );
}

fn looks(set: &mut Set) {
    set.replace(
        "base/static/sizes.css",
        "--corner: 0.625rem;",
        "--corner: 0.5rem;",
    );
    set.replace(
        "base/static/app.css",
        "h2 { font-size: var(--large); line-height: 1.3; }",
        "h2 { font-size: var(--large); line-height: 1.25; }",
    );
    set.below(
        "base/templates/layout.html",
        "  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        "  <meta name=\"color-scheme\" content=\"light dark\">\n",
    );
    set.replace(
        "guides/docs/accounts/your-fields.md",
        "First the words, where all words are.",
        "First the words, in the one place where all words are.",
    );
}
