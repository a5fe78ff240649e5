//! CRY: what is random, what is compared, what is printed, and that the inventory in `docs/accounts/cryptography.md` is true.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use crate::{accounts::secret::Secret, keys::Keys};

const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");
const INVENTORY: &str = "docs/accounts/cryptography.md";

/// Crates with cryptography in them, and those of random numbers.
const CRATES: [&str; 28] = [
    "aes",
    "aes_gcm",
    "aes_gcm_siv",
    "argon2",
    "aws_lc_rs",
    "bcrypt",
    "blake2",
    "blake3",
    "chacha20poly1305",
    "ed25519_dalek",
    "fastrand",
    "getrandom",
    "hkdf",
    "hmac",
    "jsonwebtoken",
    "md5",
    "openssl",
    "pbkdf2",
    "rand",
    "ring",
    "rsa",
    "rustls",
    "scrypt",
    "sha1",
    "sha2",
    "sha3",
    "totp_rs",
    "webauthn_rs",
];

/// The source without its tests: paths as they stand in the package, and texts.
fn source() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(&Path::new(PACKAGE).join("src"), &mut files);
    let files = files.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(PACKAGE).unwrap().to_str().unwrap();
        (path.replace('\\', "/"), text)
    });
    files
        .filter(|(path, _)| !path.starts_with("src/tests"))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => collect(&path, files),
            false if path.extension().is_some_and(|end| end == "rs") => files.push(path),
            false => (),
        }
    }
}

/// Whether a text names something of that crate.
fn uses(text: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| {
            let mut found = line.match_indices(&path);
            found.any(|(at, _)| !line[..at].ends_with(is_part))
        })
}

#[test]
fn sec_cry_04_every_random_number_comes_from_the_operating_system() {
    let mut random = 0;
    for (path, text) in source() {
        for name in ["rand", "fastrand", "oorandom", "nanorand"] {
            assert!(!uses(&text, name), "{path} uses {name}");
        }
        random += usize::from(uses(&text, "getrandom"));
    }
    assert!(random >= 2, "nothing is random");
}

#[test]
fn sec_cry_04_no_secret_is_compared_by_its_letters() {
    // How long that takes tells how many of them were right. Hashes are looked up instead, or a signature is checked.
    for (path, text) in source() {
        let compared = text.lines().find(|line| {
            let is_secret = line.contains("expose_secret()") || line.contains("reveal()");
            is_secret && (line.contains("==") || line.contains("!="))
        });
        assert_eq!(compared, None, "{path}");
    }
}

#[test]
fn sec_cry_05_a_secret_is_never_printed() {
    let secret = Secret::random().unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(…)");
    let setting = SecretString::from("open sesame");
    assert!(!format!("{setting:?}").contains("sesame"));
}

#[test]
fn sec_cry_05_what_can_be_printed_holds_no_secret_as_plain_text() {
    let names = [
        "password",
        "current_password",
        "new_password",
        "secret",
        "code",
        "token",
        "access",
        "access_token",
        "refresh",
        "refresh_token",
        "private",
    ];
    for (path, text) in source() {
        let derives = text.split("#[derive(").skip(1);
        for printed in derives.filter(|item| item.split(')').next().unwrap().contains("Debug")) {
            let item = printed.split("\n}").next().unwrap();
            let is_plain = |line: &&str| {
                let is = |name: &&str| line.ends_with(&format!(" {name}: String,"));
                names.iter().any(is)
            };
            let plain = item.lines().find(is_plain);
            assert_eq!(plain, None, "{path}");
        }
    }
}

#[test]
fn sec_cry_06_the_inventory_of_cryptography_is_complete_and_true() {
    let text = fs::read_to_string(Path::new(PACKAGE).join(INVENTORY)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with('|')).skip(2);
    let told: BTreeSet<(String, String)> = rows
        .map(|row| {
            let words: Vec<&str> = row.split('`').collect();
            let [.., name, _, path, _] = words[..] else {
                panic!("{row} names no crate and no file")
            };
            (path.to_owned(), name.to_owned())
        })
        .collect();
    let used = source().into_iter().flat_map(|(path, text)| {
        let used = CRATES.into_iter().filter(move |name| uses(&text, name));
        used.map(move |name| (path.clone(), name.to_owned()))
    });
    assert_eq!(told, used.collect());
}

#[test]
fn sec_cry_02_a_signature_depends_on_secret_salt_and_purpose() {
    let keys = |secret: &str, old: Option<&str>, salt: &str| {
        Keys::new(secret.into(), old.map(SecretString::from), salt.into())
    };
    let sign = |secret, salt, purpose| keys(secret, None, salt).sign(purpose, b"message").unwrap();
    let signature = sign("secret", "salt", "purpose");
    assert_ne!(signature, sign("other", "salt", "purpose"));
    assert_ne!(signature, sign("secret", "other", "purpose"));
    assert_ne!(signature, sign("secret", "salt", "other"));
    let rotated = keys("new", Some("secret"), "salt");
    let valid = rotated.signatures("purpose", b"message").unwrap();
    assert_eq!(valid, [sign("new", "salt", "purpose"), signature]);
}
