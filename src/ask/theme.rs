//! How questions look: as dialoguer has them, without a colon after a question mark.

use std::fmt::{Result, Write};

use dialoguer::theme::Theme;

/// The theme of every question.
pub(super) struct Plain;

impl Theme for Plain {
    fn format_prompt(&self, f: &mut dyn Write, prompt: &str) -> Result {
        write!(f, "{prompt}{}", end(prompt))
    }

    fn format_input_prompt_selection(&self, f: &mut dyn Write, prompt: &str, sel: &str) -> Result {
        write!(f, "{prompt}{} {sel}", end(prompt))
    }

    fn format_multi_select_prompt_selection(
        &self,
        f: &mut dyn Write,
        prompt: &str,
        selections: &[&str],
    ) -> Result {
        self.format_input_prompt_selection(f, prompt, &selections.join(", "))
    }
}

fn end(prompt: &str) -> &'static str {
    if prompt.contains('?') { "" } else { ":" }
}
