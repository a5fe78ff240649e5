//! What somebody does to a project of the first version: in files of every kind, lines are added, changed and removed. All of
//! it together is still an app that passes its tests.

use super::edit::{
    Change::{Append, Make, Name, Reorder, Write},
    Edit,
    Order::{Backwards, Sorted},
    clash, edit,
};

/// The edit that is none where the database is a server.
pub const ABOUT_A_FILE: &str = "what a database in a file leaves beside it is seen";

/// Where the table of routes begins.
const TABLE: &str = "    let rows = vec![\n";

pub const EDITS: &[Edit] = &[
    edit(
        "a row is added to the table of routes, with a comment",
        &[
            (
                "src/web/routes.rs",
                Write(
                    "        get(\"/users/settings\", User, settings::show),\n",
                    "        get(\"/users/settings\", User, settings::show),\n        // The old address is on paper.\n        get(\"/users/me\", User, settings::show),\n",
                ),
            ),
            (
                "src/tests/security/access.rs",
                Write(
                    "    \"GET /users/settings: user\",\n",
                    "    \"GET /users/settings: user\",\n    \"GET /users/me: user\",\n",
                ),
            ),
        ],
    ),
    edit(
        "a statement is removed",
        &[(
            "src/web/routes.rs",
            Write(
                "        tracing::debug!(%route.method, route.path, ?who, \"route\");\n",
                "",
            ),
        )],
    ),
    edit(
        "rows of the table have another place",
        &[
            (
                "src/web/routes.rs",
                Write(
                    "        get(\"/users/sudo\", User, sudo::new),\n        post(\"/users/sudo\", User, sudo::create),\n",
                    "",
                ),
            ),
            (
                "src/web/routes.rs",
                Write(
                    "        // development\n",
                    "        // once more, please\n        post(\"/users/sudo\", User, sudo::create),\n        get(\"/users/sudo\", User, sudo::new),\n        // development\n",
                ),
            ),
        ],
    ),
    edit(
        "the rows of the table are in another order, but for the first ones",
        &[("src/web/routes.rs", Reorder(TABLE, 2, Backwards))],
    ),
    clash(
        "the rows of the table are sorted, also where a row will come",
        2,
        &[("src/web/routes.rs", Reorder(TABLE, 0, Sorted))],
    ),
    edit(
        "modules and comments stand among those of a joint",
        &[
            (
                "src/accounts.rs",
                Write(
                    "pub mod device;\n",
                    "pub mod device;\n// Ours: everybody has a shelf.\npub mod shelf;\n",
                ),
            ),
            (
                "src/accounts/shelf.rs",
                Make(
                    "//! What somebody has put aside.\n\n#[cfg(test)]\npub const MOST: usize = 7;\n",
                ),
            ),
            (
                "src/tests.rs",
                Write("mod settings;\n", "mod settings;\nmod shelf; // ours\n"),
            ),
            (
                "src/tests/shelf.rs",
                Make(
                    "//! What somebody has put aside.\n\n#[test]\nfn a_shelf_has_seven_places() {\n    assert_eq!(crate::accounts::shelf::MOST, 7);\n}\n",
                ),
            ),
        ],
    ),
    edit(
        "a function has another name",
        &[("src/web/health.rs", Name("show", "report"))],
    ),
    edit(
        "a function that many files call has another name",
        &[
            (
                "src/web/link.rs",
                Name("pub async fn find(", "pub async fn what_it_allows("),
            ),
            (
                "src/web/api/passwords.rs",
                Name("link::find(", "link::what_it_allows("),
            ),
            (
                "src/web/log_in_links.rs",
                Name("link::find(", "link::what_it_allows("),
            ),
            (
                "src/web/passwords.rs",
                Name("link::find(", "link::what_it_allows("),
            ),
            (
                "src/web/unlocks.rs",
                Name("link::find(", "link::what_it_allows("),
            ),
            (
                "src/web/email_vetoes.rs",
                Name("link::find(", "link::what_it_allows("),
            ),
            (
                "src/web/confirmation_links.rs",
                Name("link::find(", "link::what_it_allows("),
            ),
        ],
    ),
    edit(
        "a number is another one",
        &[(
            "src/run.rs",
            Write(
                "const TIDY_EVERY: Duration = Duration::from_mins(10);\n",
                "const TIDY_EVERY: Duration = Duration::from_mins(5); // we have little memory\n",
            ),
        )],
    ),
    edit(
        "a file that will be renamed is edited",
        &[(
            "src/accounts/export.rs",
            Write(
                "            let shown = fields.filter(|(name, _)| !user_data::is_secret(name));\n",
                "            // What we note about people is in columns named so.\n            let shown = fields.filter(|(name, _)| {\n                !user_data::is_secret(name) && !name.starts_with(\"internal\")\n            });\n",
            ),
        )],
    ),
    edit(
        "a file that will be removed is edited",
        &[(
            "src/jobs/audit_cleanup.rs",
            Write(
                "        tracing::info!(events, \"deleted old audit rows\");\n",
                "        tracing::info!(events, \"deleted old audit rows\"); // the auditors read this\n",
            ),
        )],
    ),
    clash(
        "the lines of a hole that will be closed are edited",
        2,
        &[(
            "src/web/log_in_links.rs",
            Write(
                "    let budget = &app.limits.log_in_link;\n",
                "    // Three, and then one for each five minutes.\n    let budget = &app.limits.log_in_link;\n",
            ),
        )],
    ),
    edit(
        "what happens with an account is ours",
        &[(
            "src/accounts/hooks.rs",
            Write(
                "pub async fn logged_in(_tx: &mut Tx, _user_id: Id) -> anyhow::Result<()> {\n    Ok(())\n",
                "pub async fn logged_in(_tx: &mut Tx, user_id: Id) -> anyhow::Result<()> {\n    tracing::info!(?user_id, \"welcome back\");\n    Ok(())\n",
            ),
        )],
    ),
    edit(
        "a setting of our own stands behind the others",
        &[
            (
                "src/config.rs",
                Write(
                    "    pub mail_from: Mailbox,\n",
                    "    pub mail_from: Mailbox,\n    /// `SHOP_CURRENCY`.\n    #[allow(dead_code)]\n    pub currency: String,\n",
                ),
            ),
            (
                "src/config.rs",
                Write(
                    "            mail_from,\n            encryption_keys,\n",
                    "            mail_from,\n            currency: setting(\"SHOP_CURRENCY\").unwrap_or_default(),\n            encryption_keys,\n",
                ),
            ),
            (
                ".env.example",
                Append("\n# What our prices are in.\nSHOP_CURRENCY=EUR\n"),
            ),
        ],
    ),
    clash(
        "a comment stands where a setting will come",
        2,
        &[(
            "src/config.rs",
            Write(
                "        let deletion = read.deletion();\n",
                "        // Ask the lawyers before you touch it.\n        let deletion = read.deletion();\n        // Thank you.\n",
            ),
        )],
    ),
    edit(
        "the frame of the pages is ours",
        &[
            (
                "templates/layout.html",
                Write(
                    "  <link rel=\"stylesheet\" href=\"/static/app.css\">\n",
                    "  <link rel=\"stylesheet\" href=\"/static/app.css\">\n  <!-- ours -->\n  <link rel=\"stylesheet\" href=\"/static/shelf.css\">\n",
                ),
            ),
            (
                "templates/layout.html",
                Write(
                    "  <footer class=\"bottom\">",
                    "  <footer class=\"bottom ours\">",
                ),
            ),
        ],
    ),
    edit(
        "a page that will be renamed is edited",
        &[(
            "templates/link_expired.html",
            Write(
                "    <p>{{ crate::texts::link_expired::HELP }}</p>\n",
                "    <p>{{ crate::texts::link_expired::HELP }}</p>\n    <!-- It happens to the best. -->\n",
            ),
        )],
    ),
    edit(
        "a page of the start is another one",
        &[(
            "templates/home.html",
            Write("      <dt>src/main.rs</dt><dd>the map</dd>\n", ""),
        )],
    ),
    edit(
        "styles are added and removed",
        &[
            (
                "static/app.css",
                Append("\n/* Ours. */\n.shelf { display: grid; }\n"),
            ),
            (
                "static/app.css",
                Write(".brand img { width: 1.75rem; height: 1.75rem; }\n", ""),
            ),
            (
                "static/sizes.css",
                Write(
                    "  --narrow: 26rem;\n",
                    "  --narrow: 30rem; /* long words */\n",
                ),
            ),
        ],
    ),
    clash(
        "a colour that will change is ours",
        3,
        &[(
            "static/colours.css",
            Write(
                "  --accent: light-dark(#3b4cca, #a3b1ff);\n",
                "  --accent: light-dark(#008800, #88ff88);\n",
            ),
        )],
    ),
    edit(
        "the image is built otherwise",
        &[
            (
                "Dockerfile",
                Write(
                    "ENV PORT=4000\n",
                    "ENV PORT=4000\n# Our logs are read by people.\nENV RUST_LOG=debug\n",
                ),
            ),
            (
                "Dockerfile",
                Write(
                    "# A smaller and faster program, for builds here: the profiles in Cargo.toml are yours.\n",
                    "",
                ),
            ),
        ],
    ),
    edit(
        "it runs elsewhere, on more",
        &[
            (
                "fly.toml",
                Write(
                    "memory = \"512mb\"\n",
                    "# Argon2 is hungry.\nmemory = \"1gb\"\n",
                ),
            ),
            (
                "compose.yaml",
                Write("    restart: unless-stopped\n", "    restart: always\n"),
            ),
            ("Procfile", Append("clock: ./target/release/shop worker\n")),
            (".dockerignore", Append("shelves\n")),
            (
                ".github/workflows/ci.yml",
                Append("      # Ours.\n      - run: ./shelves/check\n"),
            ),
        ],
    ),
    edit(
        "a guide says more, and less",
        &[
            (
                "docs/accounts/your-fields.md",
                Append("\n## What we call it\n\nA name is a *handle* here.\n"),
            ),
            (
                "docs/accounts/your-fields.md",
                Write(
                    "It is run when the program starts, in production by `shop migrate`.\n",
                    "",
                ),
            ),
        ],
    ),
    edit(
        "a sentence is ours",
        &[(
            "src/texts.rs",
            Name(
                "pub const TITLE: &str = \"Your account\";",
                "pub const TITLE: &str = \"Your place\"; // as on the posters",
            ),
        )],
    ),
    edit(
        "the project has crates, lines and a build of its own",
        &[
            (
                "Cargo.toml",
                Write(
                    "# running\nanyhow = \"1\"\n",
                    "# running\nanyhow = \"1\" # for now\n# Ours.\nbytes = \"1\"\n",
                ),
            ),
            (
                ".gitignore",
                Write(".env\n", "# Our scans are large.\n/scans\n.env\n"),
            ),
            (
                "build.rs",
                Make(
                    "//! Ours.\n\nfn main() {\n    println!(\"cargo::rerun-if-changed=migrations\");\n}\n",
                ),
            ),
        ],
    ),
    edit(ABOUT_A_FILE, &[(".gitignore", Write("*.db-shm\n", ""))]),
    edit(
        "the map of the project is ours",
        &[(
            "src/main.rs",
            Write(
                "#![forbid(unsafe_code)]\n",
                "#![forbid(unsafe_code)]\n// Nothing here may be slow.\n",
            ),
        )],
    ),
];
