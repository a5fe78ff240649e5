//! Argon2, in memory that is kept and used again. Allocators keep much of what comes and goes in blocks of 19 MiB: 64 logins
//! at once would take half a gigabyte, and never give it back.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};

/// More than these no import asks for, and a row that does would keep a core, or all memory, to itself.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 100;

#[derive(Clone)]
pub struct Argon2id {
    argon2: Argon2<'static>,
    /// One for each thread that hashes.
    memory: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl Argon2id {
    pub fn new(memory_kib: u32, passes: u32) -> anyhow::Result<Self> {
        let params = Params::new(memory_kib, passes, 1, None)?;
        Ok(Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            memory: Arc::default(),
        })
    }

    /// A hash in PHC form, with a random salt of 16 bytes.
    pub fn hash(&self, password: &[u8]) -> anyhow::Result<String> {
        let mut salt = [0; Salt::RECOMMENDED_LENGTH];
        getrandom::fill(&mut salt)?;
        let output = self.output(&self.argon2, password, &salt, Params::DEFAULT_OUTPUT_LEN)?;
        let params = ParamsString::try_from(self.argon2.params());
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: params.map_err(|error| anyhow::anyhow!("argon2: {error}"))?,
            salt: Some(Salt::new(&salt)?),
            hash: Some(output),
        };
        Ok(hash.to_string())
    }

    /// The hash alone, of 256 bits.
    pub fn derive(&self, text: &[u8], salt: &[u8]) -> anyhow::Result<Vec<u8>> {
        let output = self.output(&self.argon2, text, salt, Params::DEFAULT_OUTPUT_LEN)?;
        Ok(output.as_bytes().to_vec())
    }

    /// Whether this is the password's hash, with the parameters that the hash names.
    pub fn verify(&self, password: &[u8], hash: &str) -> bool {
        self.matches(password, hash).unwrap_or_default()
    }

    fn matches(&self, password: &[u8], hash: &str) -> Option<bool> {
        let hash = PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = hash.version.map(Version::try_from).transpose().ok()?;
        let params = Params::try_from(&hash).ok()?;
        if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES {
            return None;
        }
        let argon2 = Argon2::new(algorithm, version.unwrap_or_default(), params);
        let (salt, expected) = hash.salt.zip(hash.hash)?;
        let output = self.output(&argon2, password, &salt, expected.len());
        // Compared in constant time.
        Some(output.ok()? == expected)
    }

    /// Whether a hash was made in another way than today's: then the next login makes it anew.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let today = self.argon2.params();
        let parsed = PasswordHash::new(hash).ok();
        parsed
            .filter(|hash| hash.algorithm == Algorithm::Argon2id.ident())
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|params| {
                params.m_cost() != today.m_cost()
                    || params.t_cost() != today.t_cost()
                    || params.p_cost() != today.p_cost()
            })
    }

    fn output(
        &self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> anyhow::Result<Output> {
        let mut bytes = [0; Output::MAX_LENGTH];
        let bytes = &mut bytes[..length.min(Output::MAX_LENGTH)];
        let mut memory = self.take(argon2.params().block_count());
        let done = argon2.hash_password_into_with_memory(password, salt, bytes, &mut memory);
        self.put_back(memory);
        done?;
        Ok(Output::new(bytes)?)
    }

    fn take(&self, blocks: usize) -> Vec<Block> {
        let mut kept = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = kept.pop().unwrap_or_default();
        drop(kept);
        if memory.len() < blocks {
            memory.resize(blocks, Block::new());
        }
        memory
    }

    /// Memory that an imported hash has asked for is not kept: it is larger.
    fn put_back(&self, memory: Vec<Block>) {
        if memory.len() <= self.argon2.params().block_count() {
            let mut kept = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(memory);
        }
    }
}
