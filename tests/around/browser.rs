//! A real Chromium, spoken to over WebDriver (W3C): JSON over HTTP, so a client of a hundred lines is enough.

use std::{cell::RefCell, time::Duration};

use serde_json::{Value, json};
use ureq::Agent;

use super::{client, told, wait_for};

/// How W3C's WebDriver names the reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with a profile of its own; closed when dropped.
pub struct Browser {
    agent: Agent,
    session: String,
    /// Where the app is.
    app: String,
    /// What was wrong with the pages that were looked at.
    pub wrong: RefCell<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum JavaScript {
    On,
    Off,
}

impl Browser {
    pub fn open(app: &str) -> Self {
        Self::with(app, JavaScript::On)
    }

    pub fn with(app: &str, javascript: JavaScript) -> Self {
        let driver = told("WEBDRIVER_URL");
        let agent = client::agent();
        let answer = call(
            &agent,
            "POST",
            &format!("{driver}/session"),
            &capabilities(),
        )
        .unwrap();
        let id = answer["sessionId"].as_str().unwrap();
        let browser = Self {
            session: format!("{driver}/session/{id}"),
            agent,
            app: app.to_owned(),
            wrong: RefCell::default(),
        };
        let off = json!({ "value": javascript == JavaScript::Off });
        browser.chromium("Emulation.setScriptExecutionDisabled", &off);
        browser
    }

    pub fn go(&self, path: &str) {
        self.post("url", &json!({ "url": format!("{}{path}", self.app) }));
    }

    /// Path and query of the page that is shown.
    pub fn path(&self) -> String {
        let url = self.get("url");
        let url = url.as_str().unwrap();
        url.strip_prefix(&self.app).unwrap_or(url).to_owned()
    }

    /// Waits until that page is shown.
    pub fn expect(&self, path: &str) {
        let is_there = || Some(()).filter(|()| self.path() == path);
        let patience = Duration::from_secs(10);
        let start = std::time::Instant::now();
        while is_there().is_none() {
            assert!(
                start.elapsed() < patience,
                "expected {path}, still at {}:\n{}",
                self.path(),
                self.text("body")
            );
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    pub fn has(&self, css: &str) -> bool {
        self.find_all(css).next().is_some()
    }

    /// What a person sees of it.
    pub fn text(&self, css: &str) -> String {
        let element = self.find(css);
        self.get(&format!("element/{element}/text"))
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn count(&self, css: &str) -> usize {
        self.find_all(css).count()
    }

    /// Types into the field of that name, as a person who has emptied it first.
    pub fn fill(&self, field: &str, text: &str) {
        let element = self.find(&format!("main [name={field}]:not([type=hidden])"));
        self.post(&format!("element/{element}/clear"), &json!({}));
        self.post(
            &format!("element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    pub fn click(&self, css: &str) {
        let element = self.find(css);
        self.post(&format!("element/{element}/click"), &json!({}));
    }

    /// Presses what brings another page, and waits until that is there: a driver comes back before the old one has gone.
    pub fn follow(&self, css: &str) {
        let page = self.find("html");
        self.click(css);
        let is_there = || {
            call(
                &self.agent,
                "GET",
                &format!("{}/element/{page}/name", self.session),
                &json!({}),
            )
            .is_ok()
        };
        let start = std::time::Instant::now();
        while is_there() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{css} brings no page"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses the button of the page's first form; a banner above it is none.
    pub fn submit(&self) {
        self.follow("main form:not(.banner) button:not([type=button])");
    }

    /// Presses one key, wherever the focus is.
    pub fn press(&self, key: char) {
        let keys = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post(
            "actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys }] }),
        );
    }

    pub fn enter_frame(&self, css: &str) {
        let element = self.find(css);
        self.post("frame", &json!({ "id": { ELEMENT: element } }));
    }

    pub fn leave_frames(&self) {
        self.post("frame", &json!({ "id": null }));
    }

    /// Runs a script as the page's own. Also works where the page may run none.
    pub fn script(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// A command of Chromium's own protocol.
    pub fn chromium(&self, command: &str, params: &Value) -> Value {
        self.post(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": params }),
        )
    }

    /// Runs a script on every page from now on, before any of the page's own.
    pub fn before_each_page(&self, script: &str) {
        let command = "Page.addScriptToEvaluateOnNewDocument";
        self.chromium(command, &json!({ "source": script }));
    }

    /// What the browser computes as the names of all elements that match, for people who hear the page.
    pub fn accessible_names(&self, css: &str) -> Vec<String> {
        let names = self
            .find_all(css)
            .map(|element| self.get(&format!("element/{element}/computedlabel")));
        names
            .map(|name| name.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Everything that was written to the browser's console since the last look.
    pub fn console(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({ "type": "browser" }));
        let lines = log
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["message"].as_str().unwrap().to_owned());
        lines.collect()
    }

    fn find(&self, css: &str) -> String {
        wait_for(
            &format!("{css} on {}", self.path()),
            Duration::from_secs(5),
            || self.find_all(css).next(),
        )
    }

    fn find_all(&self, css: &str) -> impl Iterator<Item = String> + use<> {
        let found = self.post(
            "elements",
            &json!({ "using": "css selector", "value": css }),
        );
        let found = found.as_array().unwrap().clone();
        found
            .into_iter()
            .map(|element| element[ELEMENT].as_str().unwrap().to_owned())
    }

    pub(super) fn get(&self, command: &str) -> Value {
        self.call("GET", command, &Value::Null)
    }

    pub(super) fn post(&self, command: &str, body: &Value) -> Value {
        self.call("POST", command, body)
    }

    fn call(&self, method: &str, command: &str, body: &Value) -> Value {
        call(
            &self.agent,
            method,
            &format!("{}/{command}", self.session),
            body,
        )
        .unwrap_or_else(|error| panic!("{method} {command} {body}: {error}"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        _ = self.agent.delete(&self.session).call();
    }
}

/// As root Chromium has no sandbox, and the pages are ours. It asks nothing of the network by itself.
fn capabilities() -> Value {
    const SWITCHES: [&str; 10] = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ];
    let mut chromium = json!({ "args": SWITCHES });
    if let Ok(program) = std::env::var("CHROMIUM") {
        chromium["binary"] = json!(program);
    }
    let wanted =
        json!({ "goog:chromeOptions": chromium, "goog:loggingPrefs": { "browser": "ALL" } });
    json!({ "capabilities": { "alwaysMatch": wanted } })
}

fn call(agent: &Agent, method: &str, url: &str, body: &Value) -> Result<Value, String> {
    let answer = match method {
        "GET" => agent.get(url).call(),
        _ => agent
            .post(url)
            .content_type("application/json")
            .send(body.to_string()),
    };
    let mut answer = answer.map_err(|error| error.to_string())?;
    // Screenshots are larger than what is read without asking.
    let text = answer
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string();
    let mut json: Value = serde_json::from_str(&text.map_err(|error| error.to_string())?)
        .map_err(|error| error.to_string())?;
    let value = json["value"].take();
    if answer.status().is_success() {
        Ok(value)
    } else {
        Err(format!("{}: {}", value["error"], value["message"]))
    }
}
