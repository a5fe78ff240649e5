//! A project that cannot be worked on as it is.

use crate::refusal::ProjectRefusal;

/// What there is to do about conflicts that we have marked.
const WAYS_OUT: &str = "then run `cargo sigra upgrade --continue`, or take everything back with \
                        `cargo sigra upgrade --abort`";

pub(super) fn sentence(why: &ProjectRefusal) -> String {
    use ProjectRefusal as Why;
    match why {
        Why::NoCargoToml { folder } => format!(
            "there is no Cargo.toml in {}; \
             run `cargo new shop` first, or name the package with --path",
            folder.display()
        ),
        Why::NotInstalled { folder } => format!(
            "cargo sigra has written nothing into {}; \
             run `cargo sigra install` there first, or name the package with --path",
            folder.display()
        ),
        Why::WorkspaceElsewhere { manifest } => format!(
            "the workspace of this package is {}, which is not above it; \
             move the package below it and run this again",
            manifest.display()
        ),
        Why::LeftOut => {
            "a sparse checkout leaves .sigra out, and without it nothing can be told about \
             this project; bring it here with `git sparse-checkout add .sigra` and run this again"
                .into()
        }
        Why::ManifestGone { files } => format!(
            "{files} of the files that cargo sigra writes are here, but .sigra/manifest.toml is \
             gone; bring .sigra back (`git checkout HEAD -- .sigra`, if it was committed) and run \
             this again"
        ),
        Why::NotToml { path, line, why } => {
            format!("{path}:{line} does not parse: {why}; correct it and run this again")
        }
        Why::NotRust { path, why } => format!("{path}:{why}; correct it and run this again"),
        Why::NotText { path, why } => {
            format!("{path} is not text in UTF-8; save it as such: {why}")
        }
        Why::NotAFile { path } => {
            format!("{path} is not a plain file; move it out of the way and run this again")
        }
        Why::PathOut { path } => format!(
            "{path} in .sigra/manifest.toml leads out of the project; bring the file back from \
             version control and run this again"
        ),
        Why::LinkOut { folder } => format!(
            "{} is a link that leads out of the project; replace it by a folder and run this again",
            folder.display()
        ),
        Why::OpenMerge { places } => format!(
            "a merge was not finished in {}; resolve the conflict and run this again",
            places.join(", ")
        ),
        Why::OpenConflicts { places } => format!(
            "conflicts are open in {}; resolve them, {WAYS_OUT}",
            places.join(", ")
        ),
        Why::Unresolved { why } => format!("{why}; correct it, {WAYS_OUT}"),
    }
}
