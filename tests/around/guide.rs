//! A guide of `docs/accounts/`, followed word for word: what it shows is typed, or written where it says.

use std::{fs, path::Path, process::Command, thread, time::Duration};

use cargo_sigra::timestamp::Timestamp;

use super::{readme::quoted, shop};

/// Does in a project what its guide tells to do.
pub fn follow(root: &Path, guide: &str) {
    let followed = Followed { root };
    let steps = steps(&followed.read(guide));
    assert!(steps.len() >= 7, "only {} steps", steps.len());
    steps.into_iter().for_each(|step| followed.take(step));
}

/// What the guide tells to do.
#[derive(Debug)]
enum Step {
    Type(String),
    Make {
        file: String,
        text: String,
    },
    Add {
        file: String,
        where_to: Place,
        line: String,
        text: String,
    },
    Replace {
        files: Vec<String>,
        old: String,
        new: String,
    },
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Above,
    Below,
}

/// A paragraph, or a fenced block.
#[derive(Debug)]
enum Part {
    Words(String),
    Block { language: String, text: String },
}

fn parts(guide: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            let text = block.map(|line| format!("{line}\n")).collect();
            let language = language.to_owned();
            parts.push(Part::Block { language, text });
        } else if !line.is_empty() {
            let rest = lines.by_ref().take_while(|line| !line.is_empty());
            let mut words = line.to_owned();
            for line in rest {
                // A step may stand right behind another one.
                if line.starts_with("In `") {
                    parts.push(Part::Words(std::mem::replace(&mut words, line.to_owned())))
                } else {
                    words = format!("{words} {line}")
                }
            }
            parts.push(Part::Words(words));
        }
    }
    parts
}

/// "Make `file`:", "In `file`, below `line`, add:" (or above it), "In `file` and `file`, write `new` instead of `old`." and what stands behind "$ ".
fn steps(guide: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut parts = parts(guide).into_iter();
    while let Some(part) = parts.next() {
        match part {
            Part::Words(words) => steps.extend(step(&words, &mut parts)),
            Part::Block { language, text } if language == "console" => {
                let typed = text.lines().filter_map(|line| line.strip_prefix("$ "));
                steps.push(Step::Type(typed.collect::<Vec<_>>().join("\n")));
            }
            Part::Block { text, .. } => panic!("nothing says where this goes:\n{text}"),
        }
    }
    steps
}

fn step(words: &str, parts: &mut impl Iterator<Item = Part>) -> Option<Step> {
    let mut names = quoted(words);
    let mut block = || match parts.next() {
        Some(Part::Block { text, .. }) => text,
        other => panic!("{words:?} is not followed by a block but by {other:?}"),
    };
    if words.starts_with("Make `") {
        let (file, text) = (names.remove(0), block());
        return Some(Step::Make { file, text });
    }
    if words.starts_with("In `") && words.ends_with("add:") {
        let [file, line] = names.try_into().unwrap();
        let text = block();
        let where_to = if words.contains(", above `") {
            Place::Above
        } else {
            Place::Below
        };
        return Some(Step::Add {
            file,
            where_to,
            line,
            text,
        });
    }
    if words.starts_with("In `") && words.contains("` instead of `") {
        let (old, new) = (names.pop().unwrap(), names.pop().unwrap());
        return Some(Step::Replace {
            files: names,
            old,
            new,
        });
    }
    None
}

struct Followed<'a> {
    root: &'a Path,
}

impl Followed<'_> {
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn take(&self, step: Step) {
        match step {
            Step::Type(command) => {
                self.wait_for_the_clock();
                shop::run(Command::new("bash").args(["-euc", &command]), self.root);
            }
            Step::Make { file, text } => {
                assert!(!self.root.join(&file).exists(), "{file} is there already");
                self.write(&file, &text);
            }
            Step::Add {
                file,
                where_to,
                line,
                text,
            } => {
                let found = self.read(&file);
                let is_it = |there: &str| there.trim() == line;
                let count = found.lines().filter(|there| is_it(there)).count();
                assert_eq!(count, 1, "how often {file} has the line {line}");
                let lines = found.lines().map(|there| match where_to {
                    _ if !is_it(there) => format!("{there}\n"),
                    Place::Above => format!("{text}{there}\n"),
                    Place::Below => format!("{there}\n{text}"),
                });
                self.write(&file, &lines.collect::<String>());
            }
            Step::Replace { files, old, new } => {
                for file in files {
                    let found = self.read(&file);
                    assert!(found.contains(&old), "{file} has no {old}");
                    self.write(&file, &found.replace(&old, &new));
                }
            }
        }
    }

    /// A reader takes longer than a second for each migration that `install` has written; a test does not.
    fn wait_for_the_clock(&self) {
        let names = fs::read_dir(self.root.join("migrations")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let newest = names.max().unwrap();
        while Timestamp::now().stamp().as_str() <= &newest[..14] {
            thread::sleep(Duration::from_millis(100));
        }
    }
}
