//! A test for each rule of safety.
