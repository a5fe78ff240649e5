//! SQL as words, without comments and strings: enough of PostgreSQL's and SQLite's spelling to see
//! what a statement is about.

/// A piece of SQL that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A keyword or a name, in small letters.
    Word(String),
    /// A name in quotes, without them.
    Quoted(String),
    /// What stands between `$$` and `$$`: code, where it is the body of a block.
    Body(String),
    /// A string.
    Text,
    /// Anything else.
    Symbol(char),
}

/// Reads a text to its end; what is never closed ends there.
#[must_use]
pub fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, length) = token(rest, first);
        tokens.extend(token);
        rest = &rest[length..];
    }
    tokens
}

/// What the text begins with, and how many bytes of it that takes.
fn token(text: &str, first: char) -> (Option<Token>, usize) {
    match first {
        '-' if text.starts_with("--") => (None, text.find('\n').unwrap_or(text.len())),
        '/' if text.starts_with("/*") => (None, comment(text)),
        '\'' => (Some(Token::Text), end_of_quote(text, '\'', None)),
        'e' | 'E' if text[1..].starts_with('\'') => {
            let length = end_of_quote(&text[1..], '\'', Some('\\'));
            (Some(Token::Text), 1 + length)
        }
        '"' | '`' => quoted(text, first),
        '[' => quoted(text, ']'),
        '$' => body(text).unwrap_or((Some(Token::Symbol('$')), 1)),
        _ if is_letter(first) => {
            let end = text.find(|letter| !is_letter(letter) && letter != '$');
            let word = &text[..end.unwrap_or(text.len())];
            (Some(Token::Word(word.to_lowercase())), word.len())
        }
        _ if first.is_whitespace() => (None, first.len_utf8()),
        _ => (Some(Token::Symbol(first)), first.len_utf8()),
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of a comment. PostgreSQL nests them, SQLite does not: where the nested one is never
/// closed, the first end counts.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.find("*/").map_or(text.len(), |at| at + 2)
}

/// The length of what stands in quotes, with them. A quote in it is doubled, or has the escape
/// before it.
fn end_of_quote(text: &str, close: char, escape: Option<char>) -> usize {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if Some(letter) == escape {
            letters.next();
        } else if letter == close && letters.next_if(|(_, next)| *next == close).is_none() {
            return at + close.len_utf8();
        }
    }
    text.len()
}

fn quoted(text: &str, close: char) -> (Option<Token>, usize) {
    let length = end_of_quote(text, close, None);
    let name = text[1..length].trim_end_matches(close);
    (Some(Token::Quoted(name.into())), length)
}

/// `$$ … $$` or `$tag$ … $tag$`
fn body(text: &str) -> Option<(Option<Token>, usize)> {
    let length = text[1..].find('$')? + 2;
    let tag = &text[..length];
    let name = &tag[1..length - 1];
    if !name.chars().all(is_letter) || name.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let rest = &text[length..];
    let end = rest.find(tag).unwrap_or(rest.len());
    let whole = (length + end + length).min(text.len());
    Some((Some(Token::Body(rest[..end].into())), whole))
}
