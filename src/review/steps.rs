//! What remains to be done by hand, in words.

use std::fmt;

use crate::{
    changes::{Guess, Step},
    project::{EnvDoubt, SIDECAR},
    say::Voice,
};

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve { path, line } => write!(
                f,
                "resolve the conflict in {path}:{line}, then run `cargo sigra upgrade --continue` \
                 (or take everything back with --abort)"
            ),
            Self::TakeOver { path } => write!(
                f,
                "take what you want of {path}{SIDECAR} into {path}, then delete it"
            ),
            Self::UntrackEnv { secrets } => write!(
                f,
                "take .env out of version control with `git rm --cached .env`, {}",
                again(secrets)
            ),
            Self::IgnoreEnv { secrets } => {
                write!(f, "put .env into .gitignore, {}", again(secrets))
            }
            Self::KeepEnvIgnored { secrets } => write!(
                f,
                "take out what makes git see .env although .gitignore has a line for it (`git \
                 check-ignore --verbose .env` names it), {}",
                again(secrets)
            ),
            Self::AskAboutEnv { why, secrets } => write!(
                f,
                "no secret was written, because it cannot be told whether version control keeps \
                 .env ({}): put that right, {}",
                doubt(why),
                again(secrets)
            ),
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
            Self::FindMoved(Guess { from, to, percent }) => write!(
                f,
                "{from} is gone, and {to} is {percent} % alike: if you have moved it \
                 there, run `cargo sigra mv {from} {to}` and this again; if you have deleted it, \
                 run `cargo sigra forget {from}`"
            ),
            Self::FindItsPlace { path, others } => write!(
                f,
                "the files beside {path} have been moved: if it belongs to them, run {}",
                any_of(others.iter().map(|to| (path, to)))
            ),
            Self::Rename {
                found,
                before,
                after,
                to,
            } => write!(
                f,
                "the templates have renamed {before} to {after}, and yours stays at {found}: where \
                 the code knows it by its new name, run `cargo sigra mv {found} {to}`"
            ),
            Self::FindModule {
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
            Self::RewriteMigrations {
                files,
                old,
                new,
                folder,
            } => write!(
                f,
                "write {} anew for {}, and put what you have for {} into {folder}/",
                files.join(", "),
                new.title(),
                old.title()
            ),
        }
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

fn doubt(why: &EnvDoubt) -> String {
    match why {
        EnvDoubt::Redirected(name) => format!("{name} is set"),
        EnvDoubt::OtherSystem(folder) => format!("there is a {folder}, and only git is asked"),
        EnvDoubt::Link => "it is a link".into(),
        EnvDoubt::NoGit => "git is not there".into(),
        EnvDoubt::GitSays(complaint) => complaint.clone(),
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
