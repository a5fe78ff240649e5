//! Placeholders and conditions in every language; what belongs to askama or to the language passes
//! through.
use cargo_sigra::{
    render::{self, Names},
    templates,
};
use minijinja::Value;

fn names() -> Names {
    [
        ("name", Value::from("my-shop")),
        ("on", Value::from(true)),
        ("off", Value::from(false)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn render(path: &str, text: &str) -> Option<String> {
    let bytes = render::file(path, text.as_bytes(), &names()).unwrap();
    bytes.map(|bytes| String::from_utf8(bytes).unwrap())
}

fn assert_renders(path: &str, text: &str, expected: &str) {
    assert_eq!(render(path, text).as_deref(), Some(expected), "{path}");
}

#[test]
fn a_placeholder_works_in_every_language() {
    for path in [
        "a.rs",
        "a.js",
        "a.sql",
        "a.html",
        "a.css",
        "a.toml",
        ".env.example",
        "Dockerfile",
        "a.txt",
        "a.md",
    ] {
        let (text, expected) = ("x = \"{= name =}\"\n", "x = \"my-shop\"\n");
        let wrap = |text: &str| {
            if path == "a.rs" {
                format!("// {text}")
            } else {
                text.to_owned()
            }
        };
        assert_renders(path, &wrap(text), &wrap(expected));
    }
}

#[test]
fn a_condition_in_rust_leaves_no_line_behind() {
    let text = "mod a;\n//% if on\nmod b;\n//% endif\n//% if off\nmod c;\n//% endif\nmod d;\n";
    assert_renders("a.rs", text, "mod a;\nmod b;\nmod d;\n");
}

#[test]
fn an_indented_condition_leaves_no_line_behind() {
    let text = "fn a() {\n    //% if on\n    b();\n    //% else\n    c();\n    //% endif\n}\n";
    assert_renders("a.rs", text, "fn a() {\n    b();\n}\n");
}

#[test]
fn a_condition_in_javascript_leaves_no_line_behind() {
    assert_renders("a.js", "//% if off\na();\n//% endif\nb();\n", "b();\n");
}

#[test]
fn a_condition_in_sql_leaves_no_line_behind() {
    assert_renders(
        "a.sql",
        "--% if off\nselect 1;\n--% endif\nselect 2; -- two\n",
        "select 2; -- two\n",
    );
}

#[test]
fn a_condition_in_files_with_hashes_leaves_no_line_behind() {
    for path in [
        "a.toml",
        "a.sh",
        "a.yaml",
        ".env.example",
        "Dockerfile",
        "Procfile",
    ] {
        assert_renders(
            path,
            "#% if off\na = 1\n#% endif\nb = 2 # two\n",
            "b = 2 # two\n",
        );
    }
}

#[test]
fn a_condition_in_html_leaves_no_line_behind() {
    let text = "<p>\n  <!--% if off %-->\n  a\n  <!--% endif %-->\n  b <!-- two -->\n</p>\n";
    assert_renders("a.html", text, "<p>\n  b <!-- two -->\n</p>\n");
}

#[test]
fn a_condition_in_css_leaves_no_line_behind() {
    let text = "/*% if off %*/\na { }\n/*% endif %*/\nb { } /* two */\n";
    assert_renders("a.css", text, "b { } /* two */\n");
}

#[test]
fn what_askama_understands_passes_through() {
    let text =
        "{% extends \"page.html\" %}\n{% block a %}{{ user.name|safe }}{# why #}{% endblock %}\n";
    assert_renders("a.html", text, text);
}

#[test]
fn nothing_is_escaped() {
    let mut names = names();
    names.insert("name".into(), Value::from("<&'\">"));
    let bytes = render::file("a.html", b"{= name =}\n", &names).unwrap();
    assert_eq!(bytes.as_deref(), Some(&b"<&'\">\n"[..]));
}

#[test]
fn the_last_line_end_stays_as_it_is() {
    assert_renders("a.txt", "a\n\n", "a\n\n");
    assert_renders("a.txt", "a", "a");
}

#[test]
fn white_space_alone_is_no_file() {
    assert_eq!(render("a.txt", "#% if off\na\n#% endif\n \n"), None);
}

#[test]
fn what_is_not_text_passes_through() {
    let bytes = [0xff, b'{', b'=', 0x00];
    assert_eq!(
        render::file("a.png", &bytes, &names()).unwrap().as_deref(),
        Some(&bytes[..])
    );
}

#[test]
fn an_unknown_name_is_an_error_in_a_placeholder_and_in_a_condition() {
    for text in ["{= typo =}\n", "#% if typo\na\n#% endif\n"] {
        let error = render::file("a.txt", text.as_bytes(), &names()).unwrap_err();
        assert!(format!("{error:#}").contains("a.txt"), "{error:#}");
    }
}

#[test]
fn rust_and_toml_that_do_not_parse_are_errors() {
    assert!(render::file("a.rs", b"fn {\n// {= name =}\n", &names()).is_err());
    assert!(render::file("a.toml", b"a = \n# {= name =}\n", &names()).is_err());
}

#[test]
fn a_template_is_known_by_its_path_without_src_and_rs() {
    let ids = [
        "src/accounts/session.rs",
        "src/main.rs",
        "tests/flow.rs",
        "templates/home.html",
        "src/words.txt",
    ]
    .map(templates::id);
    assert_eq!(
        ids,
        [
            "accounts/session",
            "main",
            "tests/flow",
            "templates/home.html",
            "src/words.txt"
        ]
    );
}
