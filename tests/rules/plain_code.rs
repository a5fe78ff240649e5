//! `if` chooses between two ways; `match` is for more than a bool.

use syn::{
    Expr, ExprMatch, Lit, Macro, Pat, Token,
    punctuated::Punctuated,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::architecture::sources;

/// The lines at which a file matches on a bool.
#[derive(Default)]
struct BoolMatches(Vec<usize>);

/// Whether a pattern is `true` or `false`, with a condition or without.
fn is_bool(pattern: &Pat) -> bool {
    match pattern {
        Pat::Guard(guarded) => is_bool(&guarded.pat),
        Pat::Lit(literal) => matches!(literal.lit, Lit::Bool(_)),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for BoolMatches {
    fn visit_expr_match(&mut self, found: &'ast ExprMatch) {
        if found.arms.iter().any(|arm| is_bool(&arm.pat)) {
            self.0.push(found.match_token.span().start().line);
        }
        visit::visit_expr_match(self, found);
    }

    /// Looks into `format!(…)`, `vec![…]` and the like, too.
    fn visit_macro(&mut self, found: &'ast Macro) {
        let arguments = found.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        let arguments: Vec<_> = arguments.into_iter().flatten().collect();
        let mut inner = Self::default();
        arguments
            .iter()
            .for_each(|argument| inner.visit_expr(argument));
        self.0.extend(inner.0);
    }
}

fn of(file: &syn::File) -> Vec<usize> {
    let mut found = BoolMatches::default();
    found.visit_file(file);
    found.0
}

#[test]
fn a_bool_is_not_matched_on() {
    let places = sources().into_iter().flat_map(|source| {
        let lines = of(&source.file).into_iter();
        lines.map(move |line| format!("src/{}:{line}", source.path))
    });
    let places: Vec<_> = places.collect();
    assert!(places.is_empty(), "write `if` in\n{}", places.join("\n"));
}

#[test]
fn a_match_on_a_bool_is_found_wherever_it_stands() {
    for text in [
        "fn f() { match a { true => b, false => c } }",
        "fn f() { let a = || match a { false => b, true => c }; }",
        "fn f() { vec![match a { true if b => c, _ => d }]; }",
    ] {
        assert_eq!(of(&syn::parse_file(text).unwrap()), [1], "{text}");
    }
    let several = "fn f() { match (a, b) { (true, _) => c, (false, true) => d, _ => e } }";
    assert!(of(&syn::parse_file(several).unwrap()).is_empty());
}
