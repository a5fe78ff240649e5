//! The question about a file of somebody's where one of ours would go.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};
use dialoguer::Select;

use super::{interrupted, theme::Plain};
use crate::{
    apply,
    changes::{Choice, Choices},
    refusal::AskRefusal,
    render,
    world::World,
};

/// How a conflict begins and ends, in the text that is edited.
pub const MARKS: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];

/// A file that is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// Where it is.
    pub path: String,
    /// From theirs to ours.
    pub patch: String,
    /// Both in one text, with marks around what differs.
    pub both: String,
}

/// What can be answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Diff,
    Keep,
    Overwrite,
    Sidecar,
    Edit,
    All,
    Quit,
}

const ANSWERS: [(Answer, &str); 7] = [
    (Answer::Diff, "diff       show what would change in yours"),
    (
        Answer::Keep,
        "keep       yours stays, and ours is not wanted",
    ),
    (
        Answer::Overwrite,
        "overwrite  ours takes the place of yours",
    ),
    (
        Answer::Sidecar,
        "sidecar    yours stays, and ours waits beside it as .sigra-new",
    ),
    (
        Answer::Edit,
        "edit       make one of both in your editor (VISUAL or EDITOR)",
    ),
    (
        Answer::All,
        "all        answer for this one and all that follow",
    ),
    (Answer::Quit, "quit       write nothing at all"),
];

/// The answers that can be given for several files at once.
const FOR_ALL: [Answer; 3] = [Answer::Keep, Answer::Overwrite, Answer::Sidecar];

/// Asks about one file after the other; nothing where somebody wants to stop.
pub fn collisions(all: &[Collision], world: &World) -> Result<Option<Choices>> {
    let mut choices = Choices::new();
    for (at, collision) in all.iter().enumerate() {
        let left = &all[at..];
        match about(collision, left.len() > 1, world)? {
            Given::One(choice) => _ = choices.insert(collision.path.clone(), choice),
            Given::All(choice) => {
                let rest = left.iter().map(|left| (left.path.clone(), choice.clone()));
                choices.extend(rest);
                return Ok(Some(choices));
            }
            Given::Nothing => return Ok(None),
        }
    }
    Ok(Some(choices))
}

enum Given {
    One(Choice),
    All(Choice),
    Nothing,
}

fn about(collision: &Collision, are_more: bool, world: &World) -> Result<Given> {
    let mut text = collision.both.clone();
    let question = format!("{} is there and was not written by us", collision.path);
    let answers = ANSWERS.iter().map(|(answer, _)| *answer);
    let answers: Vec<_> = answers
        .filter(|answer| are_more || *answer != Answer::All)
        .collect();
    loop {
        match select(&question, &answers)? {
            Answer::Diff => world.voice.shown(&collision.patch),
            Answer::Edit => {
                if let Some(choice) = edited(&collision.path, &mut text, world)? {
                    return Ok(Given::One(choice));
                }
            }
            Answer::All => {
                let question = "The same for this one and all that follow";
                return Ok(choice(select(question, &FOR_ALL)?).map_or(Given::Nothing, Given::All));
            }
            one => return Ok(choice(one).map_or(Given::Nothing, Given::One)),
        }
    }
}

fn choice(answer: Answer) -> Option<Choice> {
    match answer {
        Answer::Keep => Some(Choice::Keep),
        Answer::Overwrite => Some(Choice::Overwrite),
        Answer::Sidecar => Some(Choice::Sidecar),
        _ => None,
    }
}

fn select(question: &str, answers: &[Answer]) -> Result<Answer> {
    apply::refuse_interrupted()?;
    let lines = ANSWERS
        .iter()
        .filter(|(answer, _)| answers.contains(answer));
    let lines: Vec<_> = lines.map(|(_, line)| *line).collect();
    let select = Select::with_theme(&Plain)
        .with_prompt(question)
        .items(&lines)
        .default(0);
    let place = select.interact().map_err(interrupted)?;
    Ok(answers[place])
}

/// Has both made into one; nothing where that did not come to an end. What was typed so far is
/// there again the next time.
fn edited(path: &str, text: &mut String, world: &World) -> Result<Option<Choice>> {
    let variables = ["VISUAL", "EDITOR"].map(std::env::var);
    let Some(editor) = variables
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
    else {
        world
            .voice
            .careful("Note", "neither VISUAL nor EDITOR names an editor");
        return Ok(None);
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let lent = apply::lend(name, text)?;
    let is_done = run(&editor, lent.path())?;
    apply::refuse_interrupted()?;
    *text = lent.text()?;
    let open = text
        .lines()
        .any(|line| MARKS.iter().any(|mark| line.starts_with(mark)));
    let why = match (is_done, open, render::check(path, text)) {
        (false, ..) => format!("`{editor}` failed"),
        (_, true, _) => "there are marks of a conflict in it still".into(),
        (.., Err(why)) => format!("it does not parse: {why:#}"),
        _ => return Ok(Some(Choice::Edited(text.clone()))),
    };
    let note = format!("{why}; nothing was decided about {path}");
    world.voice.careful("Note", &note);
    Ok(None)
}

/// Runs the editor and tells whether it succeeded. The variable is split as a shell does it, for
/// `"/my editors/code" --wait`, unless it is the path of a program as a whole.
fn run(editor: &str, path: &Path) -> Result<bool> {
    let whole = || vec![editor.to_owned()];
    let words = if Path::new(editor).is_file() {
        whole()
    } else {
        shell_words::split(editor).unwrap_or_else(|_| whole())
    };
    let Some((program, arguments)) = words.split_first() else {
        return Err(AskRefusal::BlankEditor.into());
    };
    let ended = Command::new(program).args(arguments).arg(path).status();
    let ended = ended.with_context(|| format!("cannot run {editor}; correct VISUAL or EDITOR"))?;
    Ok(ended.success())
}
