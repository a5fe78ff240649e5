//! The modules of a Rust program: which one a file is, and which ones a file names.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    UseTree,
    visit::{self, Visit},
};

use crate::paths::{LIB, MAIN};

/// A path from the root of the program: `["web", "api"]` is `crate::web::api`.
pub type Module = Vec<String>;

/// The module that is in a file; the root's path is empty. `None` for what belongs to no program: tests beside
/// `src`, other programs, files that are no code.
#[must_use]
pub fn of(path: &str) -> Option<Module> {
    let path = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    if path.starts_with("bin/") {
        return None;
    }
    let path = match path {
        "main" | "lib" => "",
        _ => path.strip_suffix("/mod").unwrap_or(path),
    };
    let names = path.split('/').filter(|name| !name.is_empty());
    Some(names.map(str::to_owned).collect())
}

/// The files that a module may be in.
#[must_use]
pub fn files(module: &[String]) -> [String; 2] {
    match module {
        [] => [MAIN.into(), LIB.into()],
        _ => {
            let path = module.join("/");
            [format!("src/{path}.rs"), format!("src/{path}/mod.rs")]
        }
    }
}

/// A path in some code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// From the root of the program.
    pub path: Module,
    /// The line, counted from 1.
    pub line: usize,
}

/// What some code names of its own program, in uses, in paths and within macros; nothing where it
/// does not parse. `own` is the module that the code is, `program` how others call the program.
#[must_use]
pub fn mentions(text: &str, own: Option<Module>, program: &str) -> Vec<Mention> {
    let Ok(file) = syn::parse_file(text.trim_start_matches('\u{feff}')) else {
        return Vec::new();
    };
    let mut reader = Reader {
        own,
        program,
        found: Vec::new(),
    };
    reader.visit_file(&file);
    reader.found
}

/// Returns whether some code says `mod name;`.
#[must_use]
pub fn declares(text: &str, name: &str) -> bool {
    let file = syn::parse_file(text.trim_start_matches('\u{feff}'));
    file.is_ok_and(|file| {
        file.items
            .iter()
            .any(|item| matches!(item, syn::Item::Mod(module) if module.ident == name))
    })
}

/// Reads code and keeps what it names.
struct Reader<'p> {
    own: Option<Module>,
    program: &'p str,
    found: Vec<Mention>,
}

impl Reader<'_> {
    fn keep(&mut self, names: &[String], span: Span) {
        let line = span.start().line;
        let path = self.resolved(names);
        self.found.extend(path.map(|path| Mention { path, line }));
    }

    /// The same path from the root of the program. A name alone may be anything.
    fn resolved(&self, names: &[String]) -> Option<Module> {
        let (first, rest) = names.split_first()?;
        let own = self.own.as_deref();
        let (from, rest): (&[String], _) = match first.as_str() {
            "crate" => (own.map(|_| &[][..])?, rest),
            "self" => (own?, rest),
            "super" => {
                let ups = names.iter().take_while(|name| *name == "super").count();
                let own = own?;
                (own.get(..own.len().checked_sub(ups)?)?, &names[ups..])
            }
            name if name == self.program => (&[], rest),
            _ if rest.is_empty() => return None,
            _ => (own?, names),
        };
        let names = rest.iter().filter(|name| *name != "self");
        Some(from.iter().chain(names).cloned().collect())
    }

    fn use_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.use_tree(tree, before)),
            UseTree::Name(name) => self.keep(&with(&name.ident), name.ident.span()),
            UseTree::Rename(rename) => self.keep(&with(&rename.ident), rename.ident.span()),
            UseTree::Glob(glob) => self.keep(before, glob.star_token.spans[0]),
        }
    }

    /// The paths within a macro, whose words are not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut at, mut colons) = (Span::call_site(), 0);
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 && !path.is_empty() => {
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
                other => {
                    self.keep(&std::mem::take(&mut path), at);
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => {
                            at = name.span();
                            path = vec![name.to_string()];
                        }
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        self.keep(&path, at);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if let Some(own) = &mut self.own {
            own.push(module.ident.to_string());
        }
        visit::visit_item_mod(self, module);
        if let Some(own) = &mut self.own {
            own.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let first = path.segments.first();
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let names: Vec<_> = names.collect();
        if let Some(first) = first {
            self.keep(&names, first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        self.tokens(found.tokens.clone());
        visit::visit_macro(self, found);
    }
}

#[cfg(test)]
mod tests {
    use super::{declares, mentions, of};

    fn named(text: &str) -> Vec<String> {
        let own = of("src/web/pages.rs");
        let found = mentions(text, own, "shop").into_iter();
        let named = found.map(|found| format!("{} {}", found.line, found.path.join("::")));
        named.collect()
    }

    #[test]
    fn a_file_is_a_module() {
        let names = |path| of(path).map(|module| module.join("::"));
        assert_eq!(names("src/main.rs").as_deref(), Some(""));
        assert_eq!(names("src/web/api.rs").as_deref(), Some("web::api"));
        assert_eq!(names("src/web/api/mod.rs").as_deref(), Some("web::api"));
        assert_eq!(names("src/bin/tool.rs"), None);
        assert_eq!(names("tests/api.rs"), None);
    }

    #[test]
    fn uses_paths_and_macros_name_modules() {
        let text = "use crate::{web::{api::{self, Answer}, page}, app};
use super::super::tests::*;
fn a(b: super::api::Answer) {
    assert!(crate::texts::api::NAME.len() > 1);
    self::inner::c();
}
mod inner {
    use super::d;
}
";
        assert_eq!(
            named(text),
            [
                "1 web::api",
                "1 web::api::Answer",
                "1 web::page",
                "1 app",
                "2 tests",
                "3 web::api::Answer",
                "4 texts::api::NAME",
                "5 web::pages::inner::c",
                "8 web::pages::d",
            ]
        );
    }

    #[test]
    fn the_name_of_the_program_is_its_root_and_a_name_alone_is_nothing() {
        assert_eq!(
            named("use shop::web::api;\nfn a() { api(); }"),
            ["1 web::api"]
        );
    }

    #[test]
    fn only_a_module_is_declared() {
        assert!(declares("pub mod api;\n", "api"));
        assert!(!declares("// mod api;\nuse api;\n", "api"));
    }
}
