//! The owner's own formatting. Where they format the code with other settings of rustfmt than the
//! templates have, almost every line is another one, and no news would fit. So what was written and
//! what would be written are formatted by the same settings before they are compared. The owner's
//! file is not.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::{
    apply,
    merge::{Restyled, same},
    plan::Plan,
    project::{Project, rustfmt::Rustfmt},
    tracked,
};

/// Keeps rustfmt from looking for the file of a module.
const SKIP: &str = "#[rustfmt::skip]\n";

/// The texts by which news and edits of this run are compared. None where rustfmt has no settings of
/// the owner's.
pub fn of(project: &Project, plan: &Plan) -> Result<Restyled> {
    let texts = texts(project, plan);
    if texts.is_empty() {
        return Ok(Restyled::default());
    }
    let Some(rustfmt) = Rustfmt::of_the_owner(project)? else {
        return Ok(Restyled::default());
    };
    let texts = texts.into_iter();
    let prepared = texts.filter_map(|text| Some((text, prepared(text)?)));
    let (texts, prepared): (Vec<_>, Vec<_>) = prepared.unzip();
    let lent = apply::lend_all("rs", &prepared)?;
    rustfmt.format(lent.paths());
    let formatted = texts.into_iter().zip(lent.texts());
    let formatted = formatted.filter_map(|(text, formatted)| {
        let formatted = formatted.ok()?.replace("\r\n", "\n");
        Some((text.to_vec(), without_skips(&formatted).into_bytes()))
    });
    Ok(formatted.collect())
}

/// The two sides of every Rust file that its owner has changed, or may have moved, and for which
/// there are news.
fn texts<'a>(project: &'a Project, plan: &'a Plan) -> BTreeSet<&'a [u8]> {
    let renamed: BTreeSet<_> = plan.needs.renamed.values().collect();
    let mut texts = BTreeSet::new();
    let files = tracked::files(project, plan).into_iter();
    for file in files.filter(|file| file.path.ends_with(".rs")) {
        let theirs = file.sides.theirs;
        let is_changed = |base| match file.sides.mine {
            Some(mine) => !same(base, mine),
            None => project
                .installed()
                .is_some_and(|found| !found.strays.is_empty()),
        };
        match file.base() {
            Some(base) if theirs != Some(base) && is_changed(base) => {
                texts.insert(base);
                texts.extend(theirs);
            }
            _ if renamed.contains(&file.id) => texts.extend(theirs),
            _ => {}
        }
    }
    texts
}

/// The text with a mark above every module that is in another file; none where it does not parse.
fn prepared(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let mut named = Vec::new();
    modules(&syn::parse_file(text).ok()?.items, &mut named);
    let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
    for line in named {
        lines.get_mut(line.checked_sub(1)?)?.insert_str(0, SKIP);
    }
    Some(lines.concat())
}

/// The lines, counted from 1, in which those are named. Comments may stand above a mark.
fn modules(items: &[syn::Item], lines: &mut Vec<usize>) {
    for item in items {
        let syn::Item::Mod(module) = item else {
            continue;
        };
        match &module.content {
            Some((_, items)) => modules(items, lines),
            None => lines.push(module.mod_token.span.start().line),
        }
    }
}

fn without_skips(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| line.trim() != SKIP.trim()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_in_another_file_is_marked_and_one_in_this_file_is_not() {
        let text = "//! All.\n\n/// One.\npub mod one;\nmod two {\n    mod three;\n}\n";
        let marked = prepared(text.as_bytes()).unwrap();
        assert_eq!(
            marked,
            "//! All.\n\n/// One.\n#[rustfmt::skip]\npub mod one;\nmod two {\n#[rustfmt::skip]\n    mod three;\n}\n"
        );
        assert_eq!(without_skips(&marked), text);
    }

    #[test]
    fn what_does_not_parse_is_left_alone() {
        assert_eq!(prepared(b"fn ("), None);
    }
}
