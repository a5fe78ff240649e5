//! What remains to be done by hand, in words.

use std::fmt;

use crate::{
    changes::{Guess, Relation, Step, Unrecorded, Use},
    project::{GitDoubt, SIDECAR},
    refusal::Refusal,
    say::Voice,
};

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpdateProgram => f.write_str(
                "update cargo-sigra (`cargo install cargo-sigra`): this program has older templates \
                 than the project, and changes nothing here",
            ),
            Self::Resolve { path, line } => write!(
                f,
                "resolve the conflict in {path}:{line}, then run `cargo sigra upgrade --continue` \
                 (or take everything back with --abort)"
            ),
            Self::TakeOver { path } => write!(
                f,
                "take what you want of {path}{SIDECAR} into {path}, then delete it"
            ),
            Self::UntrackEnv { secrets }
            | Self::IgnoreEnv { secrets }
            | Self::KeepEnvIgnored { secrets }
            | Self::AskAboutEnv { secrets, .. } => {
                write!(f, "{}, {}", before_secrets(self), again(secrets))
            }
            Self::Fit(why) => write!(f, "{}", Refusal::Edit(why.clone())),
            Self::TakeOut { path, left } => write!(
                f,
                "{path} has changed since: take out by hand what you no longer need of {}",
                left.join(", ")
            ),
            Self::TakeOutUses { files } => write!(
                f,
                "take out by hand what these still use, or delete them: {}",
                files.join(", ")
            ),
            Self::Unblock { path, line } => f.write_str(&unblock(path, *line)),
            Self::SecondMigration(Unrecorded { path, relation }) => {
                write!(f, "{path} {}", second_migration(relation))
            }
            Self::FindMoved(_)
            | Self::FindItsPlace { .. }
            | Self::Rename { .. }
            | Self::FindModule { .. } => find(self, f),
            Self::Adapt { files } => {
                write!(f, "adapt or delete {}: what they need goes", uses(files))
            }
            Self::WriteMigrations { files, database } => {
                write!(f, "write {}", migrations(files, database.title()))
            }
            Self::BringBack { path } => write!(
                f,
                "bring {path} back from version control: a database that ran it does not start \
                 without it, and this version does not have it as it was written"
            ),
            Self::TwoFiles { one, other } => write!(
                f,
                "{one} and {other} are the same module, which the compiler refuses (E0584): bring \
                 what you need into one of them and delete the other"
            ),
        }
    }
}

/// What has to be done before secrets can be written.
fn before_secrets(step: &Step) -> String {
    match step {
        Step::UntrackEnv { .. } => {
            "take .env out of version control with `git rm --cached .env`".into()
        }
        Step::KeepEnvIgnored { .. } => {
            "take out what makes git see .env although .gitignore has a \
             line for it (`git check-ignore --verbose .env` names it)"
                .into()
        }
        Step::AskAboutEnv { why, .. } => format!(
            "no secret was written, because it cannot be told whether version control keeps .env \
             ({}): put that right",
            doubt(why)
        ),
        _ => "put .env into .gitignore".into(),
    }
}

/// What has to be done about files that are somewhere else, or may be.
fn find(step: &Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match step {
        Step::FindMoved(Guess { from, to, percent }) => write!(
            f,
            "{from} is gone, and {to} is {percent} % alike: if you have moved it \
                 there, run `cargo sigra mv {from} {to}` and this again; if you have deleted it, \
                 run `cargo sigra forget {from}`"
        ),
        Step::FindItsPlace { path, others } => write!(
            f,
            "the files beside {path} have been moved: if it belongs to them, run {}",
            any_of(others.iter().map(|to| (path, to)))
        ),
        Step::Rename {
            found,
            before,
            after,
            to,
        } => write!(
            f,
            "the templates have renamed {before} to {after}, and yours stays at {found}: where \
                 the code knows it by its new name, run `cargo sigra mv {found} {to}`"
        ),
        Step::FindModule {
            declared,
            name,
            file,
            other,
            ours,
            is_held,
        } => {
            write!(
                f,
                "{declared} declares `mod {name};`, and neither {file} nor {other} is there: "
            )?;
            match ours {
                Some(ours) => write!(f, "run `cargo sigra mv {ours} {file}`"),
                None if *is_held => {
                    write!(f, "{file} is left for the next run, `cargo sigra upgrade`")
                }
                None => write!(f, "put the file there, or correct the declaration"),
            }
        }
        _ => Ok(()),
    }
}

fn uses(files: &[Use]) -> String {
    let files: Vec<_> = files.iter().map(ToString::to_string).collect();
    files.join(", ")
}

fn migrations(files: &[String], database: &str) -> String {
    let each = if files.len() == 1 { "it" } else { "each" };
    let files = files.join(", ");
    format!("{files} for {database}: {each} holds what it was, and fails until you do")
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, module } = self;
        match line {
            Some(line) => write!(f, "{path}:{line} ({module})"),
            None => write!(f, "{path} (in {module})"),
        }
    }
}

fn unblock(path: &str, line: Option<usize>) -> String {
    match line {
        None => format!(
            "{path} is no plain file, so nothing is written there: replace it by one and run this \
             again, or keep it as yours with `cargo sigra forget {path}`"
        ),
        Some(line) => format!(
            "{path}:{line} looks like a merge that was not finished, so nothing is merged there: \
             resolve it and run this again, or keep the file as yours with \
             `cargo sigra forget {path}`"
        ),
    }
}

/// What is wrong with a migration that no run has recorded, and what to do about it.
pub(super) fn second_migration(relation: &Relation) -> String {
    let way_out = "delete the one that no database has run";
    match relation {
        Relation::Same(_) => "is what would be written; `cargo sigra upgrade` records it".into(),
        Relation::Again(path) => {
            format!("is the same as {path}, and cannot run after it; {way_out}")
        }
        Relation::Table(table, path) => format!(
            "creates the table {table}, and so does {path}, so it cannot run after that; {way_out}"
        ),
        Relation::Timestamp(path) => format!(
            "has the timestamp of {path}, and sqlx runs only one of them; give it a later one, if no \
             database has run it"
        ),
    }
}

fn any_of<'p>(moves: impl Iterator<Item = (&'p String, &'p String)>) -> String {
    let commands = moves.map(|(from, to)| format!("`cargo sigra mv {from} {to}`"));
    commands.collect::<Vec<_>>().join(" or ")
}

fn again(secrets: &[String]) -> String {
    format!(
        "then run `cargo sigra install` again for {}",
        secrets.join(", ")
    )
}

/// Why git cannot tell something.
pub(super) fn doubt(why: &GitDoubt) -> String {
    match why {
        GitDoubt::Redirected(name) => format!("{name} is set"),
        GitDoubt::OtherSystem(folder) => format!("there is a {folder}, and only git is asked"),
        GitDoubt::Link => "it is a link".into(),
        GitDoubt::NoGit => "git is not there".into(),
        GitDoubt::GitSays(complaint) => complaint.clone(),
    }
}

/// Lists everything that remains to be done, if there is anything.
pub fn list(heading: &str, steps: &[Step], voice: Voice) {
    if steps.is_empty() {
        return;
    }
    voice.heading(&format!("\n{heading}"));
    let steps = steps.iter();
    steps.for_each(|step| voice.line(&format!("  {step}")));
}
