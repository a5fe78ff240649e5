//! Where rustfmt looks for its settings: in the first folder, from the package upwards, that has a
//! file with them.

use std::path::Path;

/// The names of that file, in the order in which rustfmt tries them.
pub const CONFIGS: [&str; 2] = [".rustfmt.toml", "rustfmt.toml"];

/// Where the settings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Config {
    /// Nowhere yet.
    None,
    /// In the package itself, in the file of that name.
    Own(&'static str),
    /// In a folder above it; a file in the package would switch that one off.
    Above,
}

impl Config {
    /// Looks for them.
    #[must_use]
    pub fn look(root: &Path) -> Self {
        let in_folder = |folder: &Path| {
            let mut names = CONFIGS.into_iter();
            names.find(|name| folder.join(name).is_file())
        };
        match in_folder(root) {
            Some(name) => Self::Own(name),
            None if root
                .ancestors()
                .skip(1)
                .any(|above| in_folder(above).is_some()) =>
            {
                Self::Above
            }
            None => Self::None,
        }
    }
}
