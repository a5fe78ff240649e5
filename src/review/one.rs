//! What became of one file, in words.

use crate::say::Voice;

/// Tells that this run wrote nothing.
pub fn nothing_written(voice: Voice) {
    voice.line("nothing was written");
}

/// Tells that a file was forgotten, or was before.
pub fn forgotten(path: &str, is_news: bool, voice: Voice) {
    if is_news {
        let what = format!("{path} (yours alone; `cargo sigra restore {path}` takes that back)");
        voice.verb("Forgotten", &what);
    } else {
        let what = format!("nothing to do; {path} is yours already");
        voice.verb("Finished", &what);
    }
}

/// Tells that a file is kept at another path; its owner may have moved it there before.
pub fn moved(from: &str, to: &str, was_there: bool, voice: Voice) {
    if was_there {
        voice.verb("Recorded", &format!("{from} to {to} (you had moved it)"));
    } else {
        let what = format!("{from} to {to} (what names it is yours to change)");
        voice.verb("Moved", &what);
    }
}

/// Tells that a file is as the templates have it, or was before.
pub fn restored(path: &str, is_news: bool, voice: Voice) {
    if is_news {
        voice.verb("Restored", path);
    } else {
        let what = format!("nothing to do; {path} is as the templates have it");
        voice.verb("Finished", &what);
    }
}
