//! What users read stands in `say`, `ask` and `review`; elsewhere there are values.

use syn::{
    Attribute, Expr, ExprMethodCall, ItemMod, LitByteStr, LitStr, Macro, Token,
    punctuated::Punctuated,
    visit::{self, Visit},
};

use crate::architecture::{is_for_tests, sources};

/// Who speaks: the three voices, the help, and the features and templates about themselves.
const SPEAKERS: [&str; 6] = ["say", "ask", "review", "cli", "feature", "templates"];
/// As many words make a sentence.
const WORDS: usize = 3;
/// Texts that are no sentences of the program: of files, of scripts and in lists. A file, and how
/// they begin.
const TEXTS: [(&str, &str); 9] = [
    ("changes/cargo_lock.rs", "the tested versions"),
    ("commands/completions.rs", "\n# `cargo sigra` is completed"),
    ("commands/features.rs", "not built yet"),
    ("manifest/text.rs", "# What cargo sigra wrote"),
    // What the parser of the manifest finds wrong with it; the sentence is around it.
    ("sum.rs", "`{}` is not a checksum"),
    ("project/shape.rs", "pub fn add("),
    ("project/shape.rs", "fn main() {"),
    ("changes/aside.rs", "select * from"),
    ("changes/aside.rs", "-- What {path} is for"),
];
/// What only says what failed: a context of an error of the system.
const CONTEXTS: [&str; 2] = ["context", "with_context"];
/// Macros whose text is for whoever develops this program.
const DEVELOPERS: [&str; 6] = [
    "anyhow",
    "bail",
    "assert",
    "assert_eq",
    "unreachable",
    "matches",
];

/// The sentences of a file, outside its tests.
#[derive(Default)]
struct Sentences {
    /// Sentences that are no context.
    told: Vec<String>,
    /// Contexts that advise, as only a refusal does.
    advice: Vec<String>,
    is_context: bool,
}

impl Sentences {
    fn take(&mut self, text: &str) {
        if self.is_context {
            self.advice
                .extend(text.contains(';').then(|| text.to_owned()));
        } else if words(text) >= WORDS {
            self.told.push(text.to_owned());
        }
    }

    fn within_context(&mut self, visit: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.is_context, true);
        visit(self);
        self.is_context = outside;
    }
}

/// How many words of letters a text has.
fn words(text: &str) -> usize {
    let is_word = |word: &&str| {
        let bare = word.trim_end_matches([',', ';', '.', ':']);
        !bare.is_empty() && bare.chars().all(char::is_alphabetic)
    };
    text.split(' ').filter(is_word).count()
}

impl<'ast> Visit<'ast> for Sentences {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        let visit = |sentences: &mut Self| {
            call.args
                .iter()
                .for_each(|argument| sentences.visit_expr(argument));
        };
        if CONTEXTS.iter().any(|name| call.method == name) {
            self.within_context(visit);
        } else {
            visit(self);
        }
    }

    fn visit_macro(&mut self, found: &'ast Macro) {
        let name = found.path.segments.last().unwrap().ident.to_string();
        let arguments = found.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let mut inner = Sentences {
            is_context: self.is_context || DEVELOPERS.contains(&name.as_str()),
            ..Self::default()
        };
        let arguments: Vec<_> = arguments.into_iter().flatten().collect();
        arguments
            .iter()
            .for_each(|argument| inner.visit_expr(argument));
        self.told.extend(inner.told);
        self.advice.extend(inner.advice);
    }

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.take(&text.value());
    }

    fn visit_lit_byte_str(&mut self, _: &'ast LitByteStr) {}
}

fn of(file: &syn::File) -> Sentences {
    let mut sentences = Sentences::default();
    sentences.visit_file(file);
    sentences
}

#[test]
fn what_users_read_stands_in_say_ask_and_review() {
    let sources = sources();
    let others = sources
        .iter()
        .filter(|source| !SPEAKERS.contains(&source.module.as_str()));
    let found: Vec<_> = others
        .flat_map(|source| {
            let Sentences { told, advice, .. } = of(&source.file);
            let is_text = |told: &String| {
                let mut texts = TEXTS.iter();
                texts.any(|(path, start)| source.path == *path && told.starts_with(start))
            };
            let told = told.into_iter().chain(advice);
            let told = told.filter(move |told| !is_text(told));
            told.map(|told| format!("{}: {told:?}", source.path))
        })
        .collect();
    assert!(
        found.is_empty(),
        "make a value of each, and say it in say/, ask/ or review/:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_sentence_is_found_wherever_it_is_built() {
    for text in [
        "fn f() { self.notes.push(\"the migrations stay here\".into()); }",
        "fn f() -> String { format!(\"{path} has changed since then\") }",
        "const WHY: &str = \"there is no such file\";",
        "fn f() { vec![Some(\"nothing to be done\")]; }",
        "fn f() { read().context(\"cannot read it; bring it back\")?; }",
        "fn f() { bail!(\"{path} is gone; bring it back\"); }",
    ] {
        let Sentences { told, advice, .. } = of(&syn::parse_file(text).unwrap());
        assert_eq!(told.len() + advice.len(), 1, "{text}");
    }
    for text in [
        "/// The sentence of a comment.\nfn f() { read().with_context(|| format!(\"cannot read {path}\"))?; }",
        "#[cfg(test)] mod tests { const A: &str = \"one two three four\"; }",
        "const RECORD: &str = \"rustfmt.style_edition\";",
    ] {
        let Sentences { told, advice, .. } = of(&syn::parse_file(text).unwrap());
        assert_eq!((told.len(), advice.len()), (0, 0), "{text}");
    }
}
