//! The same day for copier: its template, its project, and itself from PyPI.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::day::{Day, commit, git, run};

const ANSWERS: &str = "{{_copier_conf.answers_file}}.jinja";
const ANSWERS_TEXT: &str = "{{ _copier_answers|to_nice_yaml }}";

/// copier, where it could be had.
pub struct Copier {
    program: PathBuf,
    /// The project of the first tag, edited and committed.
    pub project: PathBuf,
}

impl Copier {
    /// Why there is none is told in a sentence.
    pub fn new(day: &Day, folder: &Path) -> Result<Self, String> {
        let program = install()?;
        let template = folder.join("template");
        version(&template, &day.before, "1.0.0");
        version(&template, &day.now, "2.0.0");
        let project = folder.join("copied");
        let copier = Self { program, project };
        let words = ["copy", "--quiet", "--defaults", "--vcs-ref", "1.0.0"];
        run(
            copier
                .command()
                .args(words)
                .arg(&template)
                .arg(&copier.project),
            folder,
        );
        commit(&copier.project);
        day.edit(&copier.project);
        commit(&copier.project);
        Ok(copier)
    }

    pub fn version(&self) -> String {
        let said = self.command().arg("--version").output().unwrap();
        String::from_utf8_lossy(&said.stdout).trim().to_owned()
    }

    /// What its user types.
    pub fn update(&self, project: &Path) -> Command {
        let mut command = self.command();
        command
            .args(["update", "--quiet", "--defaults"])
            .current_dir(project);
        command
    }

    fn command(&self) -> Command {
        Command::new(&self.program)
    }
}

/// One tag of the template. Nothing is asked and nothing is rendered but the answers: copier has less to do than we have.
fn version(template: &Path, files: &std::collections::BTreeMap<String, Vec<u8>>, tag: &str) {
    if template.exists() {
        git(template, &["rm", "-r", "--quiet", "."]);
    }
    let own = [("copier.yml", ""), (ANSWERS, ANSWERS_TEXT)];
    let own = own.map(|(path, text)| (path, text.as_bytes()));
    let theirs = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    for (path, bytes) in theirs.chain(own) {
        let path = template.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    commit(template);
    git(template, &["tag", tag]);
}

/// The program in an environment that holds the pinned versions; made once.
fn install() -> Result<PathBuf, String> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("copier");
    let wanted = include_str!("requirements.txt");
    let done = environment.join("requirements.txt");
    let program = environment.join("bin/copier");
    if fs::read_to_string(&done).is_ok_and(|found| found == wanted) {
        return Ok(program);
    }
    let requirements =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/upgrade/requirements.txt");
    let mut venv = Command::new("python3");
    succeeds(
        venv.args(["-m", "venv", "--clear"]).arg(&environment),
        "python3 makes no environment",
    )?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(requirements);
    succeeds(&mut pip, "copier cannot be installed from PyPI")?;
    fs::write(done, wanted).unwrap();
    Ok(program)
}

fn succeeds(command: &mut Command, otherwise: &str) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|why| format!("{otherwise}: {why}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said.lines().last().unwrap_or_default();
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{otherwise}: {why}"))
    }
}
