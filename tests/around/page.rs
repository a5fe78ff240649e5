//! What every page has to keep, whatever it shows: looked at in a real browser, in both colours and two widths.
//!
//! axe-core would look for more, but it comes by npm, and a checkout must not need Node to be tested; the rules here are
//! the ones that concern pages of forms, after WCAG 2.2 AA.

use std::{env, fs, path::PathBuf};

use serde_json::{Value, json};

use super::browser::Browser;

const THEMES: [&str; 2] = ["light", "dark"];
const PHONE: u32 = 390;
const DESKTOP: u32 = 1280;
/// The narrowest that WCAG 1.4.10 asks for.
const NARROWEST: u32 = 320;
const TAB: char = '\u{e004}';
/// No page of ours has more to stop at.
const MOST_STOPS: usize = 60;

/// Looks at the page that is shown now, from every side, and takes its pictures. What is wrong is told by [`finish`], for all
/// pages together.
pub fn inspect(browser: &Browser, database: &str, name: &str) {
    let mut wrong = Vec::new();
    wrong.extend(problems(browser, STRUCTURE));
    wrong.extend(nameless(browser));
    for theme in THEMES {
        paint(browser, theme);
        for width in [PHONE, DESKTOP] {
            resize(browser, width);
            let looks = problems(browser, LOOKS);
            wrong.extend(looks.iter().map(|what| format!("{theme} {width}: {what}")));
            let picture = picture(browser);
            keep(&picture, &format!("{database}-{theme}-{width}-{name}"));
            if (database, theme, width) == ("sqlite", "light", PHONE) {
                show(&picture, name);
            }
        }
    }
    resize(browser, NARROWEST);
    wrong.extend(problems(browser, SCROLLS));
    resize(browser, DESKTOP);
    // Once more if something was wrong: a frame that is still loading may take the focus away.
    if !focus(browser).is_empty() {
        wrong.extend(focus(browser));
    }
    let wrong = wrong.iter().map(|what| format!("{name}: {what}"));
    browser.wrong.borrow_mut().extend(wrong);
}

/// Nothing was wrong on any page, and the console has nothing but the statuses that were meant: Chromium notes every answer
/// from 400 on there, and that log-out has emptied its cache.
pub fn finish(browser: &Browser, meant: &[u16]) {
    let statuses = meant.iter().map(|status| format!("status of {status}"));
    finish_with(browser, &statuses.collect::<Vec<_>>());
}

/// The same, where lines with these words in the console were meant.
pub fn finish_with(browser: &Browser, meant: &[String]) {
    let is_meant = |line: &String| {
        meant.iter().any(|words| line.contains(words))
            || line.ends_with("Cleared data types: \"cache\".")
    };
    let mut wrong = browser.wrong.take();
    let console = browser.console().into_iter();
    wrong.extend(console.filter(|line| !is_meant(line)));
    assert!(wrong.is_empty(), "\n  {}", wrong.join("\n  "));
}

/// Without transitions: half-way between two colours is no colour of ours.
fn paint(browser: &Browser, theme: &str) {
    let features = json!([
        { "name": "prefers-color-scheme", "value": theme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    browser.chromium(
        "Emulation.setEmulatedMedia",
        &json!({ "features": features }),
    );
}

fn resize(browser: &Browser, width: u32) {
    let screen =
        json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600 });
    browser.chromium("Emulation.setDeviceMetricsOverride", &screen);
}

/// The whole page, as long as it is.
fn picture(browser: &Browser) -> Vec<u8> {
    let taken = browser.chromium(
        "Page.captureScreenshot",
        &json!({ "captureBeyondViewport": true }),
    );
    decode(taken["data"].as_str().unwrap())
}

fn keep(picture: &[u8], name: &str) {
    fs::create_dir_all(folder()).unwrap();
    fs::write(folder().join(format!("{name}.png")), picture).unwrap();
}

/// Puts it where the README shows it, if that is asked for.
fn show(picture: &[u8], name: &str) {
    let shown = shown().join(format!("{name}.png"));
    if shown.exists() && env::var_os("SIGRA_BLESS").is_some() {
        fs::write(shown, picture).unwrap();
    }
}

/// The pictures of the README.
pub fn shown() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".github/pictures")
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots")
}

fn problems(browser: &Browser, script: &str) -> Vec<String> {
    let found = browser.script(script);
    let text = |line: &Value| line.as_str().unwrap().to_owned();
    found
        .as_array()
        .unwrap_or_else(|| panic!("{found}"))
        .iter()
        .map(text)
        .collect()
}

/// What is hidden with what is around it.
const HIDDEN: &str = "[hidden] *, details:not([open]) > :not(summary) *";

/// Whatever can be used has a name that can be heard.
fn nameless(browser: &Browser) -> Vec<String> {
    let kinds = [
        "a[href]",
        "button:not([hidden])",
        "input:not([type=hidden], [hidden])",
        "select",
        "textarea",
        "iframe",
    ];
    let nameless = kinds.iter().filter(|kind| {
        browser
            .accessible_names(&format!("{kind}:not({HIDDEN})"))
            .iter()
            .any(|name| name.trim().is_empty())
    });
    nameless
        .map(|kind| format!("a {kind} has no name"))
        .collect()
}

/// Goes through the page with the Tab key: every stop can be seen, and nothing that can be used is left out.
fn focus(browser: &Browser) -> Vec<String> {
    browser.script(FROM_THE_TOP);
    let mut wrong = Vec::new();
    for _ in 0..MOST_STOPS {
        browser.press(TAB);
        match browser.script(FOCUSED).as_str() {
            None => return [wrong, problems(browser, UNREACHED)].concat(),
            Some("") => {}
            Some(problem) => wrong.push(problem.to_owned()),
        }
    }
    wrong.push(format!(
        "the Tab key does not come to an end after {MOST_STOPS} stops"
    ));
    wrong
}

const STRUCTURE: &str = r"
const wrong = [], all = css => [...document.querySelectorAll(css)];
if (!document.documentElement.lang) wrong.push('the page does not say its language');
if (!document.title.trim()) wrong.push('the page has no title');
if (all('main').length !== 1) wrong.push(`${all('main').length} main`);
if (all('h1').length !== 1) wrong.push(`${all('h1').length} h1`);
let level = 0;
for (const heading of all('h1,h2,h3,h4,h5,h6')) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) wrong.push(`${heading.tagName} ${heading.textContent.trim()} skips a level`);
  level = next;
}
for (const field of all('input:not([type=hidden],[hidden]),select,textarea')) {
  if (!field.labels.length) wrong.push(`${field.name} has no label`);
  for (const id of (field.getAttribute('aria-describedby') || '').split(' ').filter(Boolean))
    if (!document.getElementById(id)) wrong.push(`${field.name} is described by ${id}, which is not there`);
  if (field.getAttribute('aria-invalid') === 'true' && !field.getAttribute('aria-describedby')) wrong.push(`${field.name} is wrong and does not say why`);
  const typed = { email: ['username', 'email'], password: ['current-password', 'new-password'] }[field.type];
  if (typed && !typed.includes(field.autocomplete.split(' ')[0])) wrong.push(`${field.name} does not tell password managers what it is`);
}
for (const image of all('img')) if (!image.hasAttribute('alt')) wrong.push(`${image.src} has no alt`);
const ids = all('[id]').map(element => element.id);
ids.filter((id, at) => ids.indexOf(id) !== at).forEach(id => wrong.push(`the id ${id} is there twice`));
return wrong;
";

/// Contrast (WCAG 1.4.3, 1.4.11 for the line of a field), size of what is pressed (2.5.8), and air around text.
const LOOKS: &str = r"
const wrong = [];
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = colour => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const over = (top, below) => top.slice(0, 3).map((part, at) => part * top[3] / 255 + below[at] * (1 - top[3] / 255));
const dark = matchMedia('(prefers-color-scheme: dark)').matches;
const ground = element => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
  return layers.reverse().reduce((below, top) => over(top, below), dark ? [18, 18, 18] : [255, 255, 255]);
};
const light = colour => {
  const [r, g, b] = colour.map(part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [a, b] = [light(one), light(other)].sort((a, b) => b - a);
  return (a + 0.05) / (b + 0.05);
};
const seen = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getBoundingClientRect().width > 2;
const text = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (text.nextNode()) {
  const element = text.currentNode.parentElement;
  if (!text.currentNode.textContent.trim() || !seen(element) || element.closest('.skip')) continue;
  const style = getComputedStyle(element), behind = ground(element);
  const range = document.createRange();
  range.selectNodeContents(text.currentNode);
  const left = range.getBoundingClientRect().left;
  if (left < 8) wrong.push(`${text.currentNode.textContent.trim().slice(0, 40)} is ${left}px from the edge`);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
  const found = contrast(over(rgba(style.color), behind), behind);
  if (found < (large ? 3 : 4.5)) wrong.push(`contrast ${found.toFixed(2)} of ${text.currentNode.textContent.trim().slice(0, 40)}`);
}
for (const field of document.querySelectorAll('input:not([type=hidden],[type=checkbox]),textarea,select')) {
  const behind = ground(field.parentElement), line = rgba(getComputedStyle(field).borderTopColor);
  if (seen(field) && contrast(over(line, behind), behind) < 3) wrong.push(`the line around ${field.name} cannot be seen`);
}
for (const target of document.querySelectorAll('button,a,input:not([type=hidden]),summary')) {
  const box = target.getBoundingClientRect(), inline = getComputedStyle(target).display === 'inline';
  if (seen(target) && !inline && !target.labels?.length && (box.width < 24 || box.height < 24)) wrong.push(`${target.textContent.trim() || target.name} is only ${box.width} by ${box.height}`);
}
return wrong;
";

/// Not `innerWidth`: on a phone that grows with what is too wide.
const SCROLLS: &str = r"
const wide = document.documentElement.scrollWidth, room = document.documentElement.clientWidth;
const culprit = [...document.body.querySelectorAll('*')].find(element => element.getBoundingClientRect().right > room + 1);
return wide > room ? [`scrolls sideways at ${room}: ${wide} wide, first ${culprit?.outerHTML.slice(0, 80)}`] : [];
";

/// The next Tab goes to the first thing on the page, wherever the last click was.
const FROM_THE_TOP: &str = r"
document.body.tabIndex = -1;
document.body.focus();
document.body.removeAttribute('tabindex');
";

/// Null when the Tab key has come back to the page; nothing where the focus can be seen; a problem otherwise.
const FOCUSED: &str = r"
const element = document.activeElement;
if (!element || element === document.body || element === document.documentElement) return null;
if (element.dataset.stop) return null;
element.dataset.stop = 'yes';
if (element.tagName === 'IFRAME') return '';
const style = getComputedStyle(element), box = element.getBoundingClientRect();
const shows = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
const name = element.textContent.trim() || element.name;
if (!shows) return `the focus on ${name} cannot be seen`;
return box.bottom > 0 && box.top < innerHeight ? '' : `${name} has the focus outside of the window`;
";

const UNREACHED: &str = r"
// Of several radio buttons one is stopped at; the arrow keys lead to the others.
const usable = [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary')]
  .filter(element => element.type !== 'radio' || element.checked);
const left = usable.filter(element => element.checkVisibility() && !element.disabled && element.tabIndex >= 0 && !element.dataset.stop);
usable.forEach(element => delete element.dataset.stop);
return left.map(element => `the Tab key leaves out ${element.textContent.trim() || element.name}`);
";

/// Standard base64, as screenshots come.
fn decode(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let text = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for group in text.chunks(4) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 6 | u32::from(digit(*byte)));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}
