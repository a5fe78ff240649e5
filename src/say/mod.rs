//! Every word on the terminal, and its colour: cargo's verbs, right-aligned and green, on stderr.
//!
//! Nothing else prints. What a person reads goes to stderr; what a program reads (a patch, JSON, a
//! secret) goes to stdout.
mod refused;
mod streams;

use clap::ValueEnum;
use console::{Color, Style};

pub use self::{
    refused::{progress, run_name},
    streams::{Trouble, printed, trouble},
};

/// Cargo right-aligns its verbs to this column.
const COLUMN: usize = 12;

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Errors only.
    Quiet,
    /// What happened.
    Normal,
    /// Also what did not.
    Verbose,
}

/// How to tell what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Sentences on stderr
    #[default]
    Human,
    /// One document on stdout
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal that has them
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A way of speaking.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    /// How much to say.
    pub loudness: Loudness,
    /// Whether a program reads what happened, too.
    pub format: Format,
}

impl Voice {
    /// Speaks as loud as that, in that format.
    #[must_use]
    pub fn new(loudness: Loudness, format: Format) -> Self {
        Self { loudness, format }
    }

    /// `     Created src/app.rs`
    pub fn verb(self, verb: &str, rest: &str) {
        self.tell(verb, rest, Color::Green);
    }

    /// The same in yellow: something for the person to look at.
    pub fn careful(self, verb: &str, rest: &str) {
        self.tell(verb, rest, Color::Yellow);
    }

    /// What is told only to somebody who wants all of it.
    pub fn detail(self, verb: &str, rest: &str) {
        if self.loudness == Loudness::Verbose {
            self.verb(verb, rest);
        }
    }

    /// A line as it is.
    pub fn line(self, line: &str) {
        if self.loudness > Loudness::Quiet {
            streams::to_stderr(&format!("{line}\n"));
        }
    }

    /// A heading.
    pub fn heading(self, line: &str) {
        self.line(&Style::new().for_stderr().bold().apply_to(line).to_string());
    }

    /// Why nothing was done; said even when quiet.
    pub fn error(self, error: &str) {
        let word = Style::new().for_stderr().red().bold().apply_to("error");
        streams::to_stderr(&format!("{word}: {error}\n"));
    }

    /// What a program reads.
    pub fn out(self, text: &str) {
        streams::to_stdout(text);
    }

    /// A patch for stdout, in colour where somebody looks at it.
    pub fn patch(self, patch: &str) {
        let painted: String = patch.split_inclusive('\n').map(paint).collect();
        self.out(&painted);
    }

    /// The same for somebody who is about to decide on it.
    pub fn shown(self, patch: &str) {
        let painted: String = patch.split_inclusive('\n').map(paint_for_stderr).collect();
        self.line(painted.trim_end_matches('\n'));
    }

    fn tell(self, verb: &str, rest: &str, color: Color) {
        let verb = format!("{verb:>COLUMN$}");
        self.line(&format!(
            "{} {rest}",
            Style::new().for_stderr().fg(color).bold().apply_to(verb)
        ));
    }
}

/// Uses colours from now on as that says.
pub fn use_colors(when: When) {
    match when {
        When::Auto => {}
        When::Always => color(true),
        When::Never => color(false),
    }
}

fn color(on: bool) {
    console::set_colors_enabled(on);
    console::set_colors_enabled_stderr(on);
}

fn paint(line: &str) -> String {
    style(line).apply_to(line).to_string()
}

fn paint_for_stderr(line: &str) -> String {
    style(line).for_stderr().apply_to(line).to_string()
}

fn style(line: &str) -> Style {
    match line.as_bytes() {
        [b'+', ..] => Style::new().green(),
        [b'-', ..] => Style::new().red(),
        [b'@', ..] => Style::new().cyan(),
        _ => Style::new(),
    }
}
