//! Whose files are. Where root runs the program, in a container or with sudo, the files stay their
//! owner's, and new ones belong to the owner of their folder.
//!
//! Nothing here can fail: a system that does not let a file be given away keeps it as it is.

#[cfg(unix)]
mod unix {
    use std::{
        fs,
        os::unix::fs::{MetadataExt, chown},
        path::Path,
    };

    const ROOT: u32 = 0;

    /// Gives a file or folder that was just made to the owner of the folder that it is in, where
    /// root has made it.
    pub fn like_its_folder(path: &Path) {
        if let Some(folder) = path.parent() {
            from_root(path, folder);
        }
    }

    /// Gives a staged file to the owner of the one that it replaces; where there is none, to that of
    /// the folder which it will be in.
    pub fn like_what_is_there(staged: &Path, target: &Path) {
        let (Ok(new), Ok(old)) = (fs::symlink_metadata(staged), fs::symlink_metadata(target))
        else {
            let mut folders = target.ancestors().skip(1);
            let folder = folders.find(|folder| folder.exists());
            return folder.map_or((), |folder| from_root(staged, folder));
        };
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            give(staged, &old);
        }
    }

    fn from_root(path: &Path, folder: &Path) {
        if let (Ok(new), Ok(folder)) = (fs::symlink_metadata(path), fs::metadata(folder))
            && new.uid() == ROOT
            && folder.uid() != ROOT
        {
            give(path, &folder);
        }
    }

    /// The group alone may be allowed where the owner is not.
    fn give(path: &Path, like: &fs::Metadata) {
        if chown(path, Some(like.uid()), Some(like.gid())).is_err() {
            _ = chown(path, None, Some(like.gid()));
        }
    }
}

#[cfg(unix)]
pub use self::unix::{like_its_folder, like_what_is_there};

#[cfg(not(unix))]
mod elsewhere {
    use std::path::Path;

    pub fn like_its_folder(_: &Path) {}

    pub fn like_what_is_there(_: &Path, _: &Path) {}
}

#[cfg(not(unix))]
pub use self::elsewhere::{like_its_folder, like_what_is_there};
