//! The generated program, started as a platform does: with its settings and nothing else.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use super::{client::Client, shop, wait_for};

pub type Settings = BTreeMap<String, String>;

/// A program with nothing around it but its settings. Ended when dropped.
pub struct Program {
    process: Child,
    log: PathBuf,
    _folder: TempDir,
}

impl Program {
    pub fn start(mut command: Command, settings: &Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let file = File::create(&log).unwrap();
        command
            .env_clear()
            .envs(settings)
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file);
        Self {
            process: command.spawn().unwrap(),
            log,
            _folder: folder,
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn says(&mut self, words: &str) {
        wait_for(words, Duration::from_secs(30), || {
            self.said().contains(words).then_some(())
        });
    }

    /// Waits for its end.
    pub fn ends(&mut self) -> ExitStatus {
        wait_for("the program to end", Duration::from_secs(30), || {
            self.process.try_wait().unwrap()
        })
    }

    pub fn succeeds(mut self) {
        let ended = self.ends();
        assert!(ended.success(), "{ended}: {}", self.said());
    }

    /// Fails, with these words.
    pub fn fails(mut self) -> String {
        assert_eq!(self.ends().code(), Some(1), "{}", self.said());
        self.said()
    }

    pub fn is_healthy(&mut self, port: u16) {
        let mut client = Client::new(&format!("http://127.0.0.1:{port}"));
        wait_for("the program to be healthy", Duration::from_secs(30), || {
            let gone = self.process.try_wait().unwrap();
            assert!(gone.is_none(), "{gone:?}: {}", self.said());
            client
                .try_get("/health")
                .filter(|answer| answer.status == 200)
        });
        assert_eq!(client.get("/users/log-in").status, 200);
    }

    /// As platforms stop it: it ends by itself, and in time.
    pub fn stops(mut self) {
        let id = self.process.id().to_string();
        shop::run(Command::new("kill").args(["-TERM", &id]), Path::new("/"));
        let ended = self.ends();
        assert!(ended.success(), "{ended}: {}", self.said());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
