//! The generated app as a process of its own, on a free port and an empty database.

use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tempfile::TempDir;

use super::{
    client::Client,
    shop::{Database, Shop, run},
    told, wait_for,
};

/// Stopped when dropped. Each has limits of its own, for they are kept in the process.
pub struct App {
    pub url: String,
    database: String,
    log: PathBuf,
    process: Child,
    _folder: TempDir,
}

impl App {
    pub fn start(shop: &Shop) -> Self {
        Self::with(shop, &[])
    }

    pub fn with(shop: &Shop, settings: &[(&str, &str)]) -> Self {
        Self::at(free_port(), shop, settings)
    }

    /// On a port that another one has had: what names the address stays true.
    pub fn at(port: u16, shop: &Shop, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let database = database_url(shop.database, folder.path());
        let mut command = Command::new(&shop.program);
        command
            .current_dir(&shop.root)
            .env("APP_ENV", "development")
            .env("PORT", port.to_string())
            .env("DATABASE_URL", &database)
            .env("NO_COLOR", "1")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(&log).unwrap())
            .stderr(Stdio::inherit());
        let app = Self {
            // The app's own idea of where it is reached: cookies and origins depend on it.
            url: format!("http://localhost:{port}"),
            database,
            log,
            process: command.spawn().unwrap(),
            _folder: folder,
        };
        let healthy = || {
            Client::new(&app.url)
                .try_get("/health")
                .filter(|answer| answer.status == 200)
        };
        wait_for("the app to be healthy", Duration::from_secs(20), healthy);
        app
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The newest letter to an address, as its page in `/dev/mailbox`.
    pub fn letter_to(&self, address: &str) -> Letter {
        self.letters_to(address, 1).pop().unwrap()
    }

    /// All letters to an address, the oldest first, once there are so many.
    pub fn letters_to(&self, address: &str, count: usize) -> Vec<Letter> {
        let all = || {
            let letters: Vec<_> = (0..).map_while(|number| self.kept(number)).collect();
            let to = letters.into_iter().filter(|letter| letter.to == address);
            Some(to.collect::<Vec<_>>()).filter(|letters| letters.len() >= count)
        };
        wait_for(
            &format!("{count} letters to {address}"),
            Duration::from_secs(10),
            all,
        )
    }

    /// The newest letter to an address that has these words in it, once there is one.
    pub fn letter_that_says(&self, address: &str, words: &str) -> Letter {
        let what = format!("a letter to {address} that says {words}");
        wait_for(&what, Duration::from_secs(10), || {
            let mut letters = self.letters_to(address, 1).into_iter().rev();
            letters.find(|letter| letter.text.contains(words))
        })
    }

    /// The next one to the same address that has these words in it.
    pub fn letter_after(&self, letter: &Letter, words: &str) -> Letter {
        wait_for("another letter", Duration::from_secs(10), || {
            Some(self.letter_that_says(&letter.to, words))
                .filter(|next| next.number > letter.number)
        })
    }

    /// Changes the database behind the app's back: what time does, or somebody else's import. Only on PostgreSQL.
    pub fn sql(&self, statement: &str) {
        let psql = [
            "--quiet",
            "--dbname",
            &self.database,
            "--command",
            statement,
        ];
        run(Command::new("psql").args(psql), Path::new("/"));
    }

    /// The letter of that number, the first is 0, once it is there.
    pub fn letter(&self, number: usize) -> Letter {
        let what = format!("letter {number}");
        wait_for(&what, Duration::from_secs(10), || self.kept(number))
    }

    fn kept(&self, number: usize) -> Option<Letter> {
        let page = self.client().get(&format!("/dev/mailbox/{number}"));
        let source = between(&page.body, "<pre>", "</pre>").filter(|_| page.status == 200)?;
        let to = page.body.split("<p>To ").nth(1)?.split('<').next()?;
        Some(Letter {
            number,
            to: to.trim().to_owned(),
            text: source.to_owned(),
        })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// A letter in the mailbox of a developer's machine.
#[derive(Clone, Debug)]
pub struct Letter {
    pub number: usize,
    pub to: String,
    pub text: String,
}

impl Letter {
    pub fn code(&self) -> String {
        let mut lines = self.text.lines().map(str::trim);
        let code = lines.find(|line| is_code(line));
        code.expect("a code").to_owned()
    }

    /// The path of the link.
    pub fn link(&self) -> String {
        let link = self
            .text
            .lines()
            .find(|line| line.starts_with("http"))
            .expect("a link");
        format!("/{}", link.splitn(4, '/').nth(3).unwrap())
    }
}

/// Whether this is a code as emails have it: `4GQ7-K0ZM`.
pub fn is_code(word: &str) -> bool {
    let is_part = |part: &str| {
        part.len() == 4
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    word.split_once('-')
        .is_some_and(|(first, last)| is_part(first) && is_part(last))
}

pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A database that nobody has used yet.
pub fn database_url(database: Database, folder: &Path) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    match database {
        Database::Sqlite => format!("sqlite://{}", folder.join("shop.db").display()),
        Database::Postgres => {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let server = told("TEST_DATABASE_URL");
            let (server, _) = server.rsplit_once('/').unwrap();
            format!("{server}/shop_{}_{number}", std::process::id())
        }
    }
}

pub fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?
        .1
        .split_once(end)
        .map(|(inside, _)| inside)
}
