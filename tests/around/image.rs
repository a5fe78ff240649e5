//! A Dockerfile, performed without a container engine: a folder stands for the file system of each stage, and cargo is the one that is here.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use walkdir::WalkDir;

use super::shop;

/// One instruction: `COPY`, and what stands behind it.
#[derive(Clone, Debug)]
pub struct Step {
    pub word: String,
    pub rest: String,
}

/// What stands between one `FROM` and the next.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    pub from: String,
    pub name: String,
    pub steps: Vec<Step>,
}

impl Stage {
    /// What stands behind every such instruction.
    pub fn all<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.steps.iter().filter(move |step| step.word == word);
        found.map(|step| step.rest.as_str())
    }

    pub fn setting(&self, name: &str) -> Option<&str> {
        self.all("ENV")
            .find_map(|setting| setting.strip_prefix(name)?.strip_prefix('='))
    }
}

pub fn stages(dockerfile: &str) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let lines = dockerfile.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap();
        if word == "FROM" {
            let (from, name) = rest.split_once(" AS ").unwrap_or((rest, ""));
            stages.push(Stage {
                from: from.to_owned(),
                name: name.to_owned(),
                steps: Vec::new(),
            });
        } else {
            stages.last_mut().unwrap().steps.push(Step {
                word: word.to_owned(),
                rest: rest.to_owned(),
            });
        }
    }
    stages
}

/// The project as `docker build` is given it: without what `.dockerignore` names.
pub struct Context {
    folder: PathBuf,
    ignored: Vec<String>,
}

impl Context {
    pub fn new(folder: &Path) -> Self {
        let ignored = fs::read_to_string(folder.join(".dockerignore")).unwrap();
        let patterns = ignored.lines().filter(|line| !line.starts_with('#'));
        Self {
            folder: folder.to_owned(),
            ignored: patterns.map(str::to_owned).collect(),
        }
    }

    /// Every file that the build may see, by its path in the project.
    pub fn files(&self) -> Vec<PathBuf> {
        let relative = |path: &Path| path.strip_prefix(&self.folder).unwrap().to_owned();
        let entries = WalkDir::new(&self.folder).min_depth(1).into_iter();
        let seen = entries.filter_entry(|entry| !self.ignores(&relative(entry.path())));
        let files = seen
            .map(Result::unwrap)
            .filter(|entry| !entry.file_type().is_dir());
        files.map(|entry| relative(entry.path())).collect()
    }

    fn ignores(&self, path: &Path) -> bool {
        let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
        let matches = |pattern: &String| match pattern.strip_prefix("**/") {
            Some(name) => fits(name, parts.last().unwrap()),
            None => parts.len() == 1 && fits(pattern, parts[0]),
        };
        self.ignored.iter().any(matches)
    }
}

/// Stars stand for anything. Ours need no more, and a pattern that does is a mistake here.
fn fits(pattern: &str, name: &str) -> bool {
    assert!(
        !pattern.contains(['/', '?', '[', '!']),
        "the test does not know {pattern}"
    );
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, end)) => name
            .strip_prefix(start)
            .is_some_and(|rest| (0..=rest.len()).any(|at| fits(end, &rest[at..]))),
    }
}

/// What a stage has become.
#[derive(Clone, Debug)]
pub struct Image {
    pub root: PathBuf,
    /// Where commands are run.
    pub folder: PathBuf,
    pub settings: Vec<(String, String)>,
    pub user: Option<u32>,
    pub command: Vec<String>,
}

/// Performs all stages, below a folder that is emptied first, and returns them by their names; the last has none. What cargo builds
/// goes to `target`, which stays from one time to the next, as layers do.
pub fn build(context: &Context, folder: &Path, target: &Path) -> BTreeMap<String, Image> {
    let dockerfile = fs::read_to_string(context.folder.join("Dockerfile")).unwrap();
    _ = fs::remove_dir_all(folder);
    let mut images = BTreeMap::new();
    for (number, stage) in stages(&dockerfile).iter().enumerate() {
        let mut image = Image::empty(folder.join(number.to_string()));
        if number == 0 {
            fs::create_dir_all(image.root.join("build")).unwrap();
            symlink(target, image.root.join("build/target")).unwrap();
        }
        for step in &stage.steps {
            image.perform(step, context, &images);
        }
        if number == 0 {
            detach(&image.root.join("build/target"));
        }
        images.insert(stage.name.clone(), image);
    }
    images
}

/// What was built stays as it is, whatever is built into the same target afterwards.
fn detach(link: &Path) {
    let target = fs::read_link(link).unwrap();
    fs::remove_file(link).unwrap();
    fs::create_dir_all(link.join("release")).unwrap();
    for entry in fs::read_dir(target.join("release")).unwrap() {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        if about.is_file() && about.permissions().mode() & 0o111 != 0 {
            fs::copy(entry.path(), link.join("release").join(entry.file_name())).unwrap();
        }
    }
}

impl Image {
    fn empty(root: PathBuf) -> Self {
        fs::create_dir_all(&root).unwrap();
        Self {
            folder: root.clone(),
            root,
            settings: Vec::new(),
            user: None,
            command: Vec::new(),
        }
    }

    fn perform(&mut self, step: &Step, context: &Context, others: &BTreeMap<String, Self>) {
        match step.word.as_str() {
            "WORKDIR" => {
                self.folder = self.path(&step.rest);
                fs::create_dir_all(&self.folder).unwrap();
            }
            "COPY" => self.copy(&step.rest, context, others),
            "RUN" => self.run(&step.rest),
            "ENV" => {
                let (name, value) = step.rest.split_once('=').unwrap();
                self.settings.push((name.to_owned(), self.inside(value)));
            }
            "USER" => self.user = Some(step.rest.split(':').next().unwrap().parse().unwrap()),
            "CMD" => self.command = serde_json::from_str(&step.rest).unwrap(),
            "EXPOSE" | "VOLUME" => {}
            other => panic!("the test does not know {other}"),
        }
    }

    /// A path of the image, as it is found on this machine.
    pub fn path(&self, path: &str) -> PathBuf {
        match path.strip_prefix('/') {
            Some(path) => self.root.join(path),
            None => self.folder.join(path),
        }
    }

    /// The same for the path in the address of a database.
    fn inside(&self, value: &str) -> String {
        let root = self.root.display();
        value.replace("sqlite:///", &format!("sqlite://{root}/"))
    }

    fn run(&self, command: &str) {
        let root = self.root.display();
        let command = command.replace(" /", &format!(" {root}/"));
        let mut sh = Command::new("sh");
        sh.args(["-c", &command]).env_remove("CARGO_TARGET_DIR");
        shop::run(&mut sh, &self.folder);
    }

    fn copy(&self, words: &str, context: &Context, others: &BTreeMap<String, Self>) {
        let (options, paths): (Vec<_>, Vec<_>) =
            words.split(' ').partition(|word| word.starts_with("--"));
        let (to, from) = paths.split_last().unwrap();
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
        let to_path = self.path(to);
        match option("--from=") {
            Some(other) => copy_over(&others[other].path(from[0]), &to_path),
            None => self.copy_context(from, context),
        }
        if let (Some(owner), true) = (option("--chown="), is_root()) {
            let (user, group) = owner.split_once(':').unwrap();
            chown(to_path, user.parse().ok(), group.parse().ok()).unwrap();
        }
    }

    /// `COPY . .` and `COPY Cargo.toml Cargo.lock ./`: to where they are in the project.
    fn copy_context(&self, from: &[&str], context: &Context) {
        let wanted =
            |path: &PathBuf| from == ["."] || from.iter().any(|name| path == Path::new(name));
        for path in context.files().into_iter().filter(wanted) {
            copy_over(&context.folder.join(&path), &self.folder.join(&path));
        }
    }
}

/// A file, or an empty folder. A file stays as old as it is, which matters to cargo.
fn copy_over(from: &Path, to: &Path) {
    if from.is_dir() {
        return fs::create_dir_all(to).unwrap();
    }
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
    let changed = fs::metadata(from).unwrap().modified().unwrap();
    let copy = File::options().write(true).open(to).unwrap();
    copy.set_modified(changed).unwrap();
}

/// Whether other users can be taken on.
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}
