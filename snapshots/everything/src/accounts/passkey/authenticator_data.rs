//! What an authenticator says of itself when it makes a passkey (WebAuthn, 6.1 and 6.5.1). `webauthn-rs` reads it, but does not
//! hand it out, and does not ask whether anything follows it.

/// Where the flags stand, the AAGUID, and the length of the credential's id.
const FLAGS: usize = 32;
const AAGUID: std::ops::Range<usize> = 37..53;
const ID_LENGTH: std::ops::Range<usize> = 53..55;

/// The flag of extensions.
const EXTENSIONS: u8 = 0b1000_0000;
/// Nothing in there is nested deeper.
const MAX_DEPTH: u8 = 8;

/// The data of a registration, as it stands in the attestation object.
#[derive(Clone, Copy)]
pub struct AuthenticatorData<'a>(&'a [u8]);

impl<'a> AuthenticatorData<'a> {
    /// Finds it in an attestation object: a map of CBOR (RFC 8949) of three texts and what they name.
    pub fn find(object: &'a [u8]) -> Option<Self> {
        let mut rest = object.strip_prefix(b"\xa3")?;
        let mut found = None;
        for _ in 0..3 {
            let value = skip(rest, MAX_DEPTH)?;
            let after = skip(value, MAX_DEPTH)?;
            if rest.starts_with(b"\x68authData") {
                found = Some(bytes(value)?);
            }
            rest = after;
        }
        found.filter(|_| rest.is_empty()).map(Self)
    }

    /// Returns which authenticator it is, as far as that may be told.
    pub fn aaguid(self) -> Option<u128> {
        let bytes = self.0.get(AAGUID)?.try_into().ok()?;
        Some(u128::from_be_bytes(bytes))
    }

    /// Whether nothing stands behind the public key and the extensions.
    pub fn is_whole(self) -> bool {
        self.after_credential().is_some_and(<[u8]>::is_empty)
    }

    fn after_credential(self) -> Option<&'a [u8]> {
        let length = self.0.get(ID_LENGTH)?.try_into().ok()?;
        let id_end = ID_LENGTH.end + usize::from(u16::from_be_bytes(length));
        let rest = skip(self.0.get(id_end..)?, MAX_DEPTH)?;
        if self.0[FLAGS] & EXTENSIONS == 0 {
            return Some(rest);
        }
        skip(rest, MAX_DEPTH)
    }
}

/// Returns what follows an item of CBOR. `None`: it is none, or is of indefinite length, which authenticators may not send
/// (CTAP 2.1, section 8).
fn skip(item: &[u8], depth: u8) -> Option<&[u8]> {
    let (kind, argument, mut rest) = head(item)?;
    let items = match kind {
        2 | 3 => return rest.get(argument..),
        4 => argument,
        5 => argument.checked_mul(2)?,
        6 => 1,
        _ => 0,
    };
    for _ in 0..items {
        rest = skip(rest, depth.checked_sub(1)?)?;
    }
    Some(rest)
}

/// The content of a byte string.
fn bytes(item: &[u8]) -> Option<&[u8]> {
    match head(item)? {
        (2, length, rest) => rest.get(..length),
        _ => None,
    }
}

/// The kind of an item, the number that comes with it, and what follows.
fn head(item: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (first, rest) = item.split_first()?;
    let (kind, short) = (first >> 5, first & 0b1_1111);
    let length = match short {
        0..24 => return Some((kind, usize::from(short), rest)),
        24..28 => 1 << (short - 24),
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(length)?;
    let number = number
        .iter()
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Some((kind, number.try_into().ok()?, rest))
}
