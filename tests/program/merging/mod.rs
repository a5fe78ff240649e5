//! Edits of the owner's and newer templates in one file.

mod edited_project;
mod inserted_lines;
mod merge;
mod moved_files;
mod moved_folders;
mod newer_templates;
mod news;
mod reformatted_project;
mod renamed_templates;
mod restyle;
mod unedited_project;
mod upgrade;
