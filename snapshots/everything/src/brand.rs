//! What you are called. Colours are in `static/colours.css`, sizes in `static/sizes.css`, sentences in `texts.rs`.

/// Shown in the header, in page titles, in letters, and refused inside passwords.
pub const NAME: &str = "Shop";
