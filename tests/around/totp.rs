//! An authenticator app: codes after RFC 6238, written from the RFCs, so that it shares nothing with the app under test.

use std::{
    cell::Cell,
    thread::sleep,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const STEP_SECONDS: u64 = 30;
/// The longest time between reading a code and sending it.
const READING_SECONDS: u64 = 5;
const SHA1_BLOCK: usize = 64;

pub struct AuthenticatorApp {
    secret: Vec<u8>,
    /// The time step of the last code that was read.
    last: Cell<u64>,
}

impl AuthenticatorApp {
    /// With the key that the page shows, in groups of letters.
    pub fn with_key(typed: &str) -> Self {
        Self {
            secret: from_base32(typed),
            last: Cell::new(0),
        }
    }

    /// A code that was not read before: a server accepts each once, and none that is older. One before and one after the current one
    /// are accepted, too, so three can be had without waiting.
    pub fn code(&self) -> String {
        let step = self.next();
        self.last.set(step);
        code(&self.secret, step)
    }

    fn next(&self) -> u64 {
        loop {
            let soon = (now() + READING_SECONDS) / STEP_SECONDS;
            let step = (soon - 1).max(self.last.get() + 1);
            if step <= now() / STEP_SECONDS + 1 {
                return step;
            }
            sleep(Duration::from_millis(200));
        }
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// Six digits (RFC 4226, section 5.3).
pub fn code(secret: &[u8], step: u64) -> String {
    let mac = hmac_sha1(secret, &step.to_be_bytes());
    let offset = usize::from(mac[19] & 15);
    let bytes = mac[offset..offset + 4].try_into().unwrap();
    let number = (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000;
    format!("{number:06}")
}

fn from_base32(text: &str) -> Vec<u8> {
    let letters = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in letters {
        let five = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            other => panic!("{} is no letter of base32", char::from(other)),
        };
        bits = bits << 5 | u32::from(five);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

/// RFC 2104, for keys that are no longer than a block.
fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let padded = |pad: u8| {
        let key = key.iter().copied().chain(std::iter::repeat(0));
        key.take(SHA1_BLOCK)
            .map(|byte| byte ^ pad)
            .collect::<Vec<_>>()
    };
    let inner = sha1(&[&padded(0x36), message].concat());
    sha1(&[&padded(0x5c)[..], &inner].concat())
}

/// FIPS 180-4, section 6.1.
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % SHA1_BLOCK != SHA1_BLOCK - 8 {
        padded.push(0);
    }
    let bits = u64::try_from(message.len()).unwrap() * 8;
    padded.extend(bits.to_be_bytes());
    let mut state = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in padded.chunks_exact(SHA1_BLOCK) {
        compress(&mut state, block);
    }
    let bytes: Vec<u8> = state.into_iter().flat_map(u32::to_be_bytes).collect();
    bytes.try_into().unwrap()
}

fn compress(state: &mut [u32; 5], block: &[u8]) {
    let words = block.chunks_exact(4);
    let mut words: Vec<u32> = words
        .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
        .collect();
    for at in 16..80 {
        let word = words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16];
        words.push(word.rotate_left(1));
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for (at, word) in words.iter().enumerate() {
        let (f, k) = match at / 20 {
            0 => (b & c | !b & d, 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let next = a.rotate_left(5).wrapping_add(f).wrapping_add(e);
        (e, d, c, b) = (d, c, b.rotate_left(30), a);
        a = next.wrapping_add(k).wrapping_add(*word);
    }
    for (part, change) in state.iter_mut().zip([a, b, c, d, e]) {
        *part = part.wrapping_add(change);
    }
}
