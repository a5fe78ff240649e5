//! Programs and libraries that are nobody's work, though `cargo new` writes something else: they are replaced, and come back
//! when all is taken out.
use cargo_sigra::refusal::Exit;

use crate::support::{MAIN, Project, first};

const LIB: &str = "pub fn add(left: usize, right: usize) -> usize {\n    left + right\n}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn it_works() {\n        let result = add(2, 2);\n        assert_eq!(result, 4);\n    }\n}\n";

#[track_caller]
fn comes_and_goes(path: &str, text: &str) {
    let project = Project::fresh();
    project.write(path, text);
    assert_eq!(project.install(&first()).unwrap(), Exit::Done, "{text}");
    assert_ne!(project.read("src/main.rs"), MAIN);
    let out = ["uninstall", "--yes", "--quiet", "--migrations"];
    assert_eq!(project.typed(&out, &first()).unwrap(), Exit::Done);
    assert_eq!(project.read(path), text);
}

#[test]
fn a_program_that_does_nothing_is_new() {
    for text in [
        "",
        "\n",
        "fn main() {}",
        "fn main() {\n}\n",
        "\u{feff}fn main()\r\n{\r\n}\r\n",
        "fn main() {\n    println!(\"Welcome to // my shop\");\n}\n",
        "fn main() { println!(\"a \\\" b\") }\n",
        "fn main() {\n    println!(r#\"a \"shop\"\"#);\n}\n",
    ] {
        comes_and_goes("src/main.rs", text);
    }
}

#[test]
fn a_library_as_older_versions_of_cargo_wrote_it_is_new() {
    let older = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_works() {\n        let result = 2 + 2;\n        assert_eq!(result, 4);\n    }\n}\n";
    let oldest = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn it_works() {\n        assert_eq!(2 + 2, 4);\n    }\n}\n";
    for text in [LIB, older, oldest, "\n"] {
        comes_and_goes("src/lib.rs", text);
    }
}

#[test]
fn a_program_with_anything_of_its_owners_in_it_is_refused_with_its_line() {
    for (text, line) in [
        ("// To do.\nfn main() {}\n", 1),
        ("fn main() {\n    // To do.\n}\n", 2),
        (
            "fn main() {\n    println!(\"Hello, world!\"); // first\n}\n",
            2,
        ),
        ("fn main() {\n    println!(\"a\" /* b */);\n}\n", 2),
        ("fn main() {\n    println!(\"{}\", 1);\n}\n", 2),
        ("fn main() {\n    print!(\"a\");\n}\n", 2),
        (
            "fn main() {\n    println!(\"a\");\n    println!(\"b\");\n}\n",
            2,
        ),
        ("mod web;\n\nfn main() {}\n", 1),
        ("pub fn main() {}\n", 1),
        ("#[tokio::main]\nasync fn main() {}\n", 1),
        ("#![allow(unused)]\nfn main() {}\n", 1),
    ] {
        let project = Project::fresh();
        project.write("src/main.rs", text);
        let said = project.refusal(&first());
        let place = format!("src/main.rs:{line} is not what `cargo new` writes there");
        assert!(said.starts_with(&place), "{text}{said}");
    }
}
