//! `.env`: a setting a line, as in `NAME=value`. For development only.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of this package, if cargo runs it.
pub fn package_folder() -> Option<PathBuf> {
    folder_of_package(|name| env::var_os(name))
}

/// The same, from environment variables. A program that is started by `cargo xtask`, or by a test of another package, has
/// those of the other package.
pub fn folder_of_package(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let is_this_one = variable("CARGO_PKG_NAME")? == env!("CARGO_PKG_NAME");
    let folder = variable("CARGO_MANIFEST_DIR")?;
    is_this_one.then(|| folder.into())
}

/// What the file says, and what is wrong with it, a line each.
#[derive(Default)]
pub struct DotEnv {
    settings: Vec<(String, String)>,
    pub problems: Vec<String>,
}

impl DotEnv {
    /// Reads `.env` of this package if cargo runs it, also from elsewhere in a workspace, or one here or above.
    pub fn find() -> Self {
        let package = package_folder();
        let here = env::current_dir().unwrap_or_default();
        let folders = package.iter().map(PathBuf::as_path).chain(here.ancestors());
        let mut files = folders.map(|folder| folder.join(".env"));
        let file = files.find(|file| file.exists());
        file.map_or_else(Self::default, |file| Self::read(&file))
    }

    fn read(file: &Path) -> Self {
        let text = fs::read(file).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::Error::other("it is no UTF-8"))
        });
        match text {
            Ok(text) => Self::parse(&text),
            Err(error) => Self {
                problems: vec![format!("{} cannot be read: {error}", file.display())],
                ..Self::default()
            },
        }
    }

    /// Reads lines. Nothing is put in for `$NAME`: a value is what stands there.
    pub fn parse(text: &str) -> Self {
        let mut read = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                read.add(index + 1, line);
            }
        }
        read
    }

    pub fn get(&self, name: &str) -> Option<String> {
        let (_, value) = self.settings.iter().find(|(known, _)| known == name)?;
        Some(value.clone())
    }

    fn add(&mut self, number: usize, line: &str) {
        match setting(line) {
            Ok((name, _)) if self.get(&name).is_some() => {
                self.problems
                    .push(format!(".env, line {number}: {name} is set twice"));
            }
            Ok(setting) => self.settings.push(setting),
            // Not the line itself, which may hold a secret.
            Err(what) => self.problems.push(format!(".env, line {number}: {what}")),
        }
    }
}

fn setting(line: &str) -> Result<(String, String), &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("must be NAME=value")?;
    let name = name.trim();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_word) {
        return Err("must be NAME=value, with a name of letters, digits and _");
    }
    Ok((name.to_owned(), self::value(value.trim())?))
}

/// In quotes, or as it stands: spaces may be in it, and a `#` after one, or after a tab, begins a comment.
fn value(text: &str) -> Result<String, &'static str> {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&text[1..], quote),
        Some('#') => Ok(String::new()),
        _ => Ok(without_comment(text).trim().to_owned()),
    }
}

/// Up to a `#` after a space or a tab.
fn without_comment(text: &str) -> &str {
    let mut marks = text.match_indices('#').map(|(at, _)| at);
    let is_comment = |at: &usize| text[..*at].ends_with(char::is_whitespace);
    marks.find(is_comment).map_or(text, |at| &text[..at])
}

/// Up to the closing quote. Between `"` a backslash makes the next character plain.
fn quoted(text: &str, quote: char) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest
            .next()
            .ok_or("has a quote that is not closed in its line")?
        {
            end if end == quote => break,
            '\\' if quote == '"' => match rest.next() {
                Some('n') => value.push('\n'),
                Some(plain @ ('"' | '\\' | '$')) => value.push(plain),
                _ => return Err("has a \\ before what needs none"),
            },
            other => value.push(other),
        }
    }
    let rest = rest.as_str().trim();
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(value);
    }
    Err("goes on after the closing quote")
}
