//! The whole app on a database of its own, with its jobs running and its letters in a mailbox.

use std::{future::Future, time::Duration};

use axum::Router;
use riverqueue::RunHandle;
use url::Url;

use super::{PASSWORD, browser::Browser, database::Database};
use crate::{
    accounts::{
        client::Client,
        email::Email,
        held::Held,
        password::Hashing,
        suspension,
        user::{self, User},
    },
    app::App,
    config::Config,
    db, jobs,
    mail::mailbox::Received,
    pages, web,
};

pub struct TestApp {
    pub app: App,
    pub router: Router,
    workers: Option<RunHandle>,
    // Last, so that it is dropped after everything that uses it.
    database: Database,
}

/// How long a password waits for its turn.
const MAX_WAIT: Duration = Duration::from_millis(500);

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With settings of its own.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::idle(settings).await.with_workers()
    }

    /// Without anybody working its jobs.
    pub async fn idle(settings: &[(&str, &str)]) -> Self {
        Self::build(settings, |_| ()).await
    }

    /// Like [`idle`](Self::idle), with one second of patience for a busy database.
    pub async fn impatient(settings: &[(&str, &str)]) -> Self {
        let second = Duration::from_secs(1);
        Self::build(settings, |config| config.database_wait = second).await
    }

    /// Where a password waits for its turn however long a test holds it up.
    pub async fn patient() -> Self {
        let minute = Duration::from_secs(60);
        let test = Self::build(&[], |config| config.hashing.max_wait = minute).await;
        test.with_workers()
    }

    /// `adjust` changes what no setting does.
    async fn build(settings: &[(&str, &str)], adjust: impl FnOnce(&mut Config)) -> Self {
        let database = Database::migrated().await;
        let setting = |name: &str| match name {
            "APP_ENV" => setting(settings, name).or(Some("development".to_owned())),
            "DATABASE_URL" => Some(database.url.clone()),
            "POOL_SIZE" => setting(settings, name).or(Some("3".to_owned())),
            _ => setting(settings, name),
        };
        let mut config = cheap(Config::read(&setting).unwrap());
        adjust(&mut config);
        let pool = db::connect(&config).await.unwrap();
        db::migrate(&pool).await.unwrap();
        let app = App::new(config, pool).unwrap();
        Self {
            router: web::router(app.clone(), pages::routes()),
            app,
            workers: None,
            database,
        }
    }

    pub fn browser(&self) -> Browser {
        let url = Url::parse(&self.app.config.link("/")).unwrap();
        Browser::new(self.router.clone()).at(&url)
    }

    /// Starts the workers of its jobs.
    pub fn with_workers(mut self) -> Self {
        self.workers = Some(jobs::start(&self.app).unwrap());
        self
    }

    /// The same, but from now on nobody works its jobs.
    pub fn without_workers(self) -> Self {
        Self {
            workers: None,
            ..self
        }
    }

    /// Moves the clock.
    pub fn after(&self, time: time::Duration) {
        self.app.clock.advance(time);
    }

    /// A browser in which a new person has registered, confirmed and is logged in.
    pub async fn member(&self, email: &str) -> Browser {
        self.member_in(self.browser(), email).await
    }

    /// The same, in a browser that is open.
    pub async fn member_in_browser(&self, browser: Browser, email: &str) -> Browser {
        self.member_in(browser, email).await
    }

    /// The same, elsewhere.
    pub async fn member_from(&self, address: &str, email: &str) -> Browser {
        self.member_in(self.browser().from(address), email).await
    }

    async fn member_in(&self, mut browser: Browser, email: &str) -> Browser {
        browser.register(email, PASSWORD).await;
        let code = self.code_for(email).await;
        browser
            .post("/users/confirm", &[("code", &code)])
            .await
            .expect_redirect("/");
        browser
    }

    pub async fn user(&self, email: &str) -> Option<User> {
        user::by_email(&self.app.db, Email::parse(email).as_ref())
            .await
            .unwrap()
    }

    /// The user, held as an operator holds them.
    pub async fn hold(&self, email: &str) -> Held {
        let user = self.user(email).await.unwrap();
        let held = Held::by_operator(&self.app, user.id).await;
        held.unwrap().unwrap()
    }

    /// Whether that was new.
    pub async fn suspend(&self, email: &str) -> bool {
        let (mut held, client) = (self.hold(email).await, Client::operator());
        let is_new = suspension::suspend(&self.app, &mut held, &client).await;
        held.commit().await.unwrap();
        is_new.unwrap()
    }

    /// Whether that was new.
    pub async fn unsuspend(&self, email: &str) -> bool {
        let (mut held, client) = (self.hold(email).await, Client::operator());
        let is_new = suspension::unsuspend(&self.app, &mut held, &client).await;
        held.commit().await.unwrap();
        is_new.unwrap()
    }

    /// All letters to an address so far, once every job is done.
    pub async fn letters_to(&self, email: &str) -> Vec<Received> {
        self.work().await;
        let letters = self.app.mailer.mailbox().unwrap().all();
        letters
            .into_iter()
            .filter(|letter| letter.to == email)
            .collect()
    }

    pub async fn last_letter_to(&self, email: &str) -> Received {
        self.letters_to(email).await.pop().expect("a letter")
    }

    /// The code in the last letter that has one.
    pub async fn code_for(&self, email: &str) -> String {
        let letters = self.letters_to(email).await;
        let mut codes = letters
            .iter()
            .rev()
            .filter_map(|letter| self.code_of(letter));
        codes.next().expect("a code")
    }

    /// The code in a letter that has one.
    pub fn code_of(&self, letter: &Received) -> Option<String> {
        let is_part = |part: &str| part.len() == 4 && !part.contains(char::is_lowercase);
        let is_code = |line: &&str| {
            line.split_once('-')
                .is_some_and(|(first, last)| is_part(first) && is_part(last))
        };
        let mut lines = letter.text.lines().map(str::trim);
        Some(lines.find(is_code)?.to_owned())
    }

    /// The path of the link in the last letter that has one with a secret.
    pub async fn link_for(&self, email: &str) -> String {
        self.links_for(email).await.pop().expect("a link")
    }

    /// The paths of all such links, the oldest first.
    pub async fn links_for(&self, email: &str) -> Vec<String> {
        let letters = self.letters_to(email).await;
        let start = self.app.config.link("");
        let paths = letters.iter().flat_map(|letter| letter.text.lines());
        let paths = paths.filter_map(|line| line.strip_prefix(&start));
        let has_secret = |path: &&str| path.rsplit('/').next().is_some_and(|end| end.len() == 43);
        paths.filter(has_secret).map(str::to_owned).collect()
    }

    /// The path of the last link below this one.
    pub async fn link_below(&self, email: &str, path: &str) -> String {
        let links = self.links_for(email).await;
        let mut links = links.into_iter().rev();
        links.find(|link| link.starts_with(path)).expect("a link")
    }

    /// How many letters about this they have got.
    pub async fn letters_about(&self, email: &str, subject: &str) -> usize {
        let letters = self.letters_to(email).await;
        letters
            .iter()
            .filter(|letter| letter.subject == subject)
            .count()
    }

    /// Fails unless they have got one letter about this.
    #[track_caller]
    pub fn expect_letter<'a>(
        &'a self,
        email: &'a str,
        subject: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        let at = std::panic::Location::caller();
        async move {
            let letters = self.letters_about(email, subject).await;
            assert_eq!(letters, 1, "letters to {email} about “{subject}”, {at}");
        }
    }

    /// The address of its database.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// Another process on the same database.
    pub async fn other_process(&self) -> Router {
        web::router(self.other_app(&[]).await, pages::routes())
    }

    /// The same, with settings of its own.
    pub async fn other_app(&self, settings: &[(&str, &str)]) -> App {
        let setting = |name: &str| match name {
            "APP_ENV" => Some("development".to_owned()),
            "DATABASE_URL" => Some(self.database.url.clone()),
            _ => setting(settings, name),
        };
        let config = cheap(Config::read(&setting).unwrap());
        let pool = db::connect(&config).await.unwrap();
        App::new(config, pool).unwrap()
    }

    /// Waits until every job is done, or has failed once.
    pub async fn work(&self) {
        for _ in 0..2000 {
            let waiting = "select count(*) from river_job where state = 'running' or (state = 'available' and attempt = 0)";
            if self.count(waiting).await == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("jobs are still waiting");
    }

    /// How many accounts there are.
    pub async fn people(&self) -> i64 {
        self.count(
            "select count(*)
             from members",
        )
        .await
    }

    /// How many registrations wait to be confirmed.
    pub async fn registrations(&self) -> i64 {
        self.count("select count(*) from registrations").await
    }

    /// The one number that a query gives.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.app.db)
            .await
            .unwrap()
    }
}

/// Tests hash a lot, and wait for it.
fn cheap(config: Config) -> Config {
    Config {
        hashing: Hashing {
            memory: 8,
            passes: 1,
            max_wait: MAX_WAIT,
            ..config.hashing
        },
        ..config
    }
}

fn setting(settings: &[(&str, &str)], name: &str) -> Option<String> {
    let (_, value) = settings.iter().find(|(key, _)| *key == name)?;
    Some((*value).to_owned())
}
