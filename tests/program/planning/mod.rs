//! What a run plans and writes: files, flags, keys, features and their removal.

mod adding_features;
mod changing_the_database;
mod diff;
mod features;
mod install;
mod keys_and_table;
mod merged_branches;
mod new;
mod nothing_to_do;
mod one_file;
pub(crate) mod one_line_per_feature;
mod removing_features;
mod scope;
mod status;
mod uninstall;
