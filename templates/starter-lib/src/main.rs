//! The program. All that it does is in the library beside it: start reading in `src/lib.rs`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    {= crate =}::main()
}
