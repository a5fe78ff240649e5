//! CFG-1: settings of passkeys that are refused where the app starts.

use super::configuration::read;

#[test]
fn sec_cfg_01_settings_of_passkeys_are_refused_unless_they_are_safe() {
    for (name, value, is_accepted) in [
        ("PASSKEY_COUNTERS", "refuse", true),
        ("PASSKEY_COUNTERS", "record", true),
        ("PASSKEY_COUNTERS", "recrod", false),
        ("PASSKEY_COUNTERS", "off", false),
        ("PASSKEY_ORIGINS", "https://example.de", true),
        (
            "PASSKEY_ORIGINS",
            "https://example.de,https://example.fr",
            true,
        ),
        ("PASSKEY_ORIGINS", "http://example.de", false),
        (
            "PASSKEY_ORIGINS",
            "https://example.de,http://example.fr",
            false,
        ),
        ("PASSKEY_ORIGINS", "https://example.de/", false),
        ("PASSKEY_ORIGINS", "https://example.de/shop", false),
        ("PASSKEY_ORIGINS", "example.de", false),
        ("PASSKEY_ORIGINS", "android:apk-key-hash:x", false),
    ] {
        let problems = read(name, value).err().unwrap_or_default();
        assert_eq!(problems.is_empty(), is_accepted, "{name}={value}");
        let is_named = problems.iter().all(|problem| problem.contains(name));
        assert!(is_named, "{problems:?}");
    }
}
