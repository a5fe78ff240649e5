//! Rebuilds the crate when a template is added or taken away; `include_dir` alone notices only
//! changed ones.

fn main() {
    println!("cargo::rerun-if-changed=templates");
}
