//! What happened as one JSON document, for programs. It is the same for every verb.

use std::fmt::Display;

use serde_json::{Map, Value, json};

use crate::{
    changes::{Changes, Edit, FileChange, Notice},
    feature::{Answer, Key},
    plan::Plan,
    refusal::Exit,
    say::{Format, Voice},
};

/// `{"schema":1,"command":"install","files":[…],"edits":[…],"deps":[…],"exit":0}` in the making.
/// Contents are never in it, so neither are secrets.
#[derive(Clone, Debug)]
pub struct Document(Map<String, Value>);

impl Document {
    /// Of a verb that touched nothing yet.
    #[must_use]
    pub fn new(command: &str) -> Self {
        let begun = [
            ("schema", json!(1)),
            ("command", json!(command)),
            ("files", json!([])),
            ("edits", json!([])),
            ("deps", json!([])),
        ];
        Self(
            begun
                .map(|(key, value)| (key.to_owned(), value))
                .into_iter()
                .collect(),
        )
    }

    /// Of a verb that makes these changes.
    #[must_use]
    pub fn of(command: &str, changes: &Changes) -> Self {
        Self::new(command)
            .with("files", changes.files.iter().map(file).collect())
            .with("edits", changes.edits.iter().map(edit).collect())
            .with("deps", json!(changes.deps))
            .with("remaining", sentences(&changes.remaining))
            .with("notes", sentences(&changes.notes))
            .with("news", changes.notices.iter().map(notice).collect())
    }

    /// The same with the files of a verb that has no changes to show: each with a word for what it
    /// is or what became of it.
    #[must_use]
    pub fn files<'a>(self, files: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let file = |(path, word)| file_entry(path, word);
        self.with("files", files.map(file).collect())
    }

    /// The same with one more thing told, or told differently.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.into(), value);
        self
    }

    /// Prints it, where a program reads it.
    pub fn tell(self, exit: Exit, voice: Voice) {
        if voice.format == Format::Json {
            voice.out(&self.text(exit));
        }
    }

    /// Its text, with a line end.
    #[must_use]
    pub fn text(self, exit: Exit) -> String {
        let whole = Value::Object(self.with("exit", json!(exit as u8)).0);
        format!("{whole}\n")
    }
}

/// Steps or notes, as they are printed.
pub fn sentences(all: &[impl Display]) -> Value {
    all.iter().map(ToString::to_string).collect()
}

fn file(file: &FileChange) -> Value {
    let mut shown = file_entry(&file.path, file.word.name());
    if let Some(from) = &file.from {
        shown["from"] = from.as_str().into();
    }
    shown
}

fn file_entry(path: &str, word: &str) -> Value {
    json!({ "path": path, "action": word.to_lowercase() })
}

/// What is new, for programs.
#[must_use]
pub fn notice(notice: &Notice) -> Value {
    json!({
        "version": notice.version,
        "security": notice.is_security,
        "says": notice.says,
        "paths": notice.paths,
        "held": notice.held,
    })
}

/// What was answered, as the manifest has it.
pub fn answers(plan: &Plan) -> Value {
    let answers = &plan.answers;
    let mut shown = json!({
        "database": answers.database.name(),
        "binary_id": answers.key == Key::Uuid,
        "table": answers.table.name(),
    });
    for (name, answer) in answers.optional(plan.all_features) {
        shown[name] = match answer {
            Answer::On(values) if !values.is_empty() => json!(values),
            answer => json!(answer.is_on()),
        };
    }
    shown
}

fn edit(edit: &Edit) -> Value {
    json!({ "path": edit.path, "added": edit.added, "removed": edit.removed })
}
