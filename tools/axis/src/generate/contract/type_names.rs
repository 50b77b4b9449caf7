//! What types are called in Rust.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;

use super::super::catalog::Name;
use super::names;

/// Names in Rust: no two types have the same.
#[derive(Default)]
pub(super) struct Given {
    names: BTreeMap<Name, String>,
    taken: BTreeSet<String>,
}

impl Given {
    /// The name of a type: the one that it has, the plain one where no other type has that, else one with its schema's in
    /// front.
    pub(super) fn name(&mut self, name: &Name, plain: &str) -> String {
        if let Some(given) = self.names.get(name) {
            return given.clone();
        }
        let long = format!("{}{plain}", identifier(&name.schema));
        let numbered = (2..).map(|number| format!("{long}{number}"));
        let candidates = [plain.to_owned(), long.clone()];
        let mut candidates = candidates.into_iter().chain(numbered);
        let given = candidates.find(|candidate| !self.taken.contains(candidate));
        let given = given.unwrap_or_else(|| plain.to_owned());
        self.taken.insert(given.clone());
        self.names.insert(name.clone(), given.clone());
        given
    }
}

/// A type's name in Rust.
pub(super) fn identifier(name: &str) -> String {
    let camel_case = name.to_upper_camel_case();
    match syn::parse_str::<syn::Ident>(&camel_case) {
        Ok(_) => camel_case,
        Err(_) => names::variant(name),
    }
}
