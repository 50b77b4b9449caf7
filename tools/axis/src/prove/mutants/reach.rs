//! Which tables can come upon a rule: those whose file names its function, or one that names it in turn. The rows of the
//! others say nothing of a change of it. Words are compared, comments among them: so there are too many rather than too few.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use syn::spanned::Spanned as _;
use syn::{ImplItem, Item};

/// The words of each file, and those of each function that several files share.
#[derive(Default)]
pub(super) struct Reach {
    files: BTreeMap<String, HashSet<String>>,
    functions: Vec<(String, HashSet<String>)>,
}

impl Reach {
    /// Of files, each with its name and text.
    pub(super) fn of<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, syn::Error> {
        let mut reach = Self::default();
        for (file, text) in files.filter(|(file, _)| file.ends_with(".rs")) {
            reach.files.insert(file.to_owned(), words(text));
            if file != "postgres.rs" && file != "types.rs" {
                continue;
            }
            let mut add = |function: &syn::Signature, block: &syn::Block| {
                let body = text.get(block.span().byte_range());
                let words = words(body.unwrap_or_default());
                reach.functions.push((function.ident.to_string(), words));
            };
            for item in syn::parse_file(text)?.items {
                match item {
                    Item::Fn(function) => add(&function.sig, &function.block),
                    Item::Impl(found) => {
                        for item in &found.items {
                            if let ImplItem::Fn(function) = item {
                                add(&function.sig, &function.block);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(reach)
    }

    /// The files that can come upon a function.
    pub(super) fn files(&self, function: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::from([function]);
        let mut known = 0;
        while known < names.len() {
            known = names.len();
            for (name, words) in &self.functions {
                if names.iter().any(|found| words.contains(*found)) {
                    names.insert(name);
                }
            }
        }
        let files = self.files.iter();
        files
            .filter(|(_, words)| names.iter().any(|name| words.contains(*name)))
            .map(|(file, _)| file.as_str())
            .collect()
    }
}

fn words(text: &str) -> HashSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_table_is_asked_of_what_it_names_and_of_what_that_names() {
        let files = [
            (
                "postgres.rs",
                "fn inner() -> bool { true }\nimpl A { fn outer(&self) -> bool { inner() } }\nfn alone() {}",
            ),
            (
                "types.rs",
                "impl B { fn is_accepted(&self) -> bool { self.a.outer() } }",
            ),
            ("a.rs", "fn a(b: B) -> bool { b.is_accepted() }"),
            ("b.rs", "fn b() { alone() }"),
            ("c.rs", "fn c() {}"),
        ];
        let reach = Reach::of(files.into_iter()).unwrap();
        let of = |name| reach.files(name).into_iter().collect::<Vec<_>>();
        assert_eq!(of("inner"), ["a.rs", "postgres.rs", "types.rs"]);
        assert_eq!(of("alone"), ["b.rs", "postgres.rs"]);
        assert_eq!(of("c"), ["c.rs"]);
    }
}
