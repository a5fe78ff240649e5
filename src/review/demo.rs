//! Where the demo is served.

use crate::say::Voice;

/// Tells where the demo is served, before it is.
pub fn demo(port: u16, voice: Voice) {
    voice.heading("\nThe demo is served at");
    let addresses = addresses(port);
    addresses
        .iter()
        .for_each(|address| voice.line(&format!("  {address}")));
    voice.line("Ctrl-C ends it.\n");
}

fn addresses(port: u16) -> [String; 3] {
    let pages = [
        ("", "home"),
        ("users/register", "register"),
        ("dev/mailbox", "the letters it sends"),
    ];
    pages.map(|(path, what)| format!("{:<38} {what}", format!("http://localhost:{port}/{path}")))
}
