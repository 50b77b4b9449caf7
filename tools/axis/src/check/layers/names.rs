//! What a file names: imports, paths, the words of macros and attributes.

use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Item, ItemImpl, ItemMod, ItemType, ItemUse, Macro, Meta, Type, TypeGroup, TypeParen,
    UseTree, Visibility,
};

use super::modules::{Import, Mention, Module, Place};

/// The modules of a file: its own, and those written inside of it.
pub(super) fn of_file(file: &syn::File, place: Place, path: &Path) -> Vec<Module> {
    let mut reader = Reader {
        finished: Vec::new(),
        module: Module::new(place, path.to_path_buf()),
        in_attribute: false,
    };
    reader.visit_file(file);
    reader.finished.push(reader.module);
    reader.finished
}

struct Reader {
    finished: Vec<Module>,
    module: Module,
    /// There, a string may be a path; elsewhere it is text.
    in_attribute: bool,
}

impl Reader {
    fn import(&mut self, import: Import) {
        self.module.imports.push(import);
    }

    fn use_tree(&mut self, tree: &UseTree, prefix: &mut Vec<String>, public: bool, absolute: bool) {
        let line = tree.span().start().line;
        let mut leaf = |name: Option<String>, path: Vec<String>| {
            self.module.imports.push(Import {
                line,
                public,
                name,
                path,
                absolute,
            });
        };
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.unraw().to_string());
                self.use_tree(&path.tree, prefix, public, absolute);
                prefix.pop();
            }
            UseTree::Name(name) => {
                let name = name.ident.unraw().to_string();
                if name == "self" {
                    leaf(prefix.last().cloned(), prefix.clone());
                } else {
                    let path = prefix.iter().cloned().chain([name.clone()]).collect();
                    leaf(Some(name), path);
                }
            }
            UseTree::Rename(rename) => {
                let name = rename.ident.unraw().to_string();
                let mut path = prefix.clone();
                if name != "self" {
                    path.push(name);
                }
                leaf(Some(rename.rename.unraw().to_string()), path);
            }
            UseTree::Glob(_) => leaf(None, prefix.clone()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.use_tree(tree, prefix, public, absolute);
                }
            }
        }
    }

    /// Words that are not parsed: those of a macro, or of an attribute.
    fn words(&mut self, tokens: &TokenStream) {
        // A macro that holds items (`cfg_if!`, `thread_local!`) is read like the file around it.
        if let Ok(file) = syn::parse2::<syn::File>(tokens.clone())
            && !file.items.is_empty()
        {
            self.visit_file(&file);
        } else {
            self.paths(tokens.clone(), &[]);
        }
    }

    fn paths(&mut self, tokens: TokenStream, prefix: &[String]) {
        let mut tokens = tokens.into_iter().peekable();
        let mut public = false;
        let mut path = prefix.to_vec();
        let mut absolute = false;
        // `pub use` inside of a macro's definition: what follows is an import.
        let mut importing = false;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) => {
                    let name = ident.unraw().to_string();
                    match name.as_str() {
                        "pub" => {
                            public = true;
                            continue;
                        }
                        "use" => {
                            importing = public;
                            continue;
                        }
                        _ => {}
                    }
                    let line = ident.span().start().line;
                    path.push(name);
                    let continues = path_continues(&mut tokens);
                    if !continues {
                        self.name_of_words(line, std::mem::take(&mut path), absolute, importing);
                        path.extend_from_slice(prefix);
                        absolute = false;
                        public = false;
                    }
                }
                TokenTree::Group(group) => {
                    let continued =
                        path.len() > prefix.len() && group.delimiter() == Delimiter::Brace;
                    let prefix = if continued { path.clone() } else { Vec::new() };
                    self.paths(group.stream(), &prefix);
                    path.truncate(0);
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    '*' if path.len() > prefix.len() => {
                        let line = punct.span().start().line;
                        self.name_of_words(line, std::mem::take(&mut path), absolute, importing);
                        path.extend_from_slice(prefix);
                    }
                    ':' if path.len() == prefix.len() => {
                        absolute = path_continues_after_colon(&mut tokens);
                    }
                    ';' => {
                        public = false;
                        importing = false;
                    }
                    _ => {}
                },
                TokenTree::Literal(literal) if self.in_attribute => self.literal(&literal),
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn name_of_words(&mut self, line: usize, path: Vec<String>, absolute: bool, importing: bool) {
        if importing {
            self.import(Import {
                line,
                public: true,
                name: path.last().cloned(),
                path,
                absolute,
            });
        } else {
            self.module.mentions.push(Mention {
                line,
                path,
                absolute,
            });
        }
    }

    /// `#[serde(with = "a::b")]`: a path as a string.
    fn literal(&mut self, literal: &proc_macro2::Literal) {
        let text = literal.to_string();
        if let Some(text) = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            && let Ok(path) = syn::parse_str::<syn::Path>(text)
        {
            let line = literal.span().start().line;
            self.path(&path, line);
        }
    }

    fn path(&mut self, path: &syn::Path, line: usize) {
        self.module.mentions.push(Mention {
            line,
            path: path
                .segments
                .iter()
                .map(|segment| segment.ident.unraw().to_string())
                .collect(),
            absolute: path.leading_colon.is_some(),
        });
    }

    /// `pub type A = other::B;` offers B as well as an import does.
    fn alias(&mut self, item: &ItemType) {
        let mut target = item.ty.as_ref();
        while let Type::Group(TypeGroup { elem, .. }) | Type::Paren(TypeParen { elem, .. }) = target
        {
            target = elem;
        }
        if let Type::Path(target) = target
            && target.qself.is_none()
            && matches!(item.vis, Visibility::Public(_))
        {
            self.module.aliases.push(Mention {
                line: item.span().start().line,
                path: (target.path.segments.iter())
                    .map(|segment| segment.ident.unraw().to_string())
                    .collect(),
                absolute: target.path.leading_colon.is_some(),
            });
        }
    }

    /// What a type derives, `#[cfg_attr(.., derive(..))]` included.
    fn derives(&mut self, type_name: &str, attributes: &[Attribute]) {
        for attribute in attributes {
            if let Meta::List(list) = &attribute.meta {
                let conditional = list.path.is_ident("cfg_attr");
                if list.path.is_ident("derive") || conditional {
                    let words = if conditional {
                        derive_words(list.tokens.clone())
                    } else {
                        list.tokens.clone()
                    };
                    self.derived(type_name, words);
                }
            }
        }
    }

    fn derived(&mut self, type_name: &str, words: TokenStream) {
        for token in words {
            if let TokenTree::Ident(ident) = token {
                self.module.implementations.push((
                    type_name.to_owned(),
                    ident.unraw().to_string(),
                    ident.span().start().line,
                ));
            }
        }
    }
}

type Words = std::iter::Peekable<proc_macro2::token_stream::IntoIter>;

/// Takes `::` if it is next.
fn path_continues(tokens: &mut Words) -> bool {
    let mut ahead = tokens.clone();
    let colon = |token: Option<TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    if colon(ahead.next()) && colon(ahead.next()) {
        *tokens = ahead;
        true
    } else {
        false
    }
}

/// Takes the second colon of a leading `::`.
fn path_continues_after_colon(tokens: &mut Words) -> bool {
    matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
        && tokens.next().is_some()
}

/// Name that the item has in its module. An import is none.
fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.unraw().to_string())
}

/// The words inside of `derive(..)` among those of a `cfg_attr`.
fn derive_words(tokens: TokenStream) -> TokenStream {
    let mut after_derive = false;
    let mut words = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => after_derive = ident == "derive",
            TokenTree::Group(group) if after_derive => words.extend(group.stream()),
            _ => after_derive = false,
        }
    }
    words
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        self.module.items.extend(name_of(item));
        match item {
            Item::Type(item) => self.alias(item),
            Item::Struct(item) => self.derives(&item.ident.to_string(), &item.attrs),
            Item::Enum(item) => self.derives(&item.ident.to_string(), &item.attrs),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let name = item.ident.unraw().to_string();
        let line = item.span().start().line;
        if matches!(item.vis, Visibility::Public(_)) {
            self.module.public_modules.push((name.clone(), line));
        }
        if item
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("path"))
        {
            self.module.detours.push(("#[path]", line));
        }
        for attribute in &item.attrs {
            self.visit_attribute(attribute);
        }
        let Some((_, items)) = &item.content else {
            return;
        };
        let mut place = self.module.place.clone();
        place.path.push(name);
        let inner = Module::new(place, self.module.file.clone());
        let outer = std::mem::replace(&mut self.module, inner);
        for item in items {
            self.visit_item(item);
        }
        let inner = std::mem::replace(&mut self.module, outer);
        self.finished.push(inner);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let public = matches!(item.vis, Visibility::Public(_));
        self.use_tree(
            &item.tree,
            &mut Vec::new(),
            public,
            item.leading_colon.is_some(),
        );
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let name = item.ident.unraw().to_string();
        let bound = item
            .rename
            .as_ref()
            .map_or_else(|| name.clone(), |(_, rename)| rename.unraw().to_string());
        let itself = name == "self";
        self.import(Import {
            line: item.span().start().line,
            public: matches!(item.vis, Visibility::Public(_)),
            name: Some(bound),
            path: vec![if itself { "crate".to_owned() } else { name }],
            absolute: !itself,
        });
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some((_, path, _)) = &item.trait_
            && let Some(of) = path.segments.last()
            && let Type::Path(target) = item.self_ty.as_ref()
            && let Some(target) = target.path.segments.last()
        {
            self.module.implementations.push((
                target.ident.unraw().to_string(),
                of.ident.unraw().to_string(),
                item.impl_token.span.start().line,
            ));
        }
        visit::visit_item_impl(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        if invocation
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "include")
        {
            let line = invocation.span().start().line;
            self.module.detours.push(("include!", line));
        }
        self.visit_path(&invocation.path);
        self.words(&invocation.tokens);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.in_attribute = true;
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(list) => self.paths(list.tokens.clone(), &[]),
            // Not documentation, which is no code.
            Meta::NameValue(pair) if pair.path.is_ident("doc") => {}
            Meta::NameValue(pair) => self.visit_expr(&pair.value),
        }
        self.in_attribute = false;
        self.visit_path(attribute.path());
    }
}
