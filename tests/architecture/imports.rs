//! Which file imports which, and which of these imports are part of a circle.
//!
//! An import leads to the file that defines the item, not to one that only
//! re-exports it. `mod x;` imports nothing; nor does `pub use x::Y;`, unless
//! the file uses `Y` itself. Tests are left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    ext::IdentExt as _,
    visit::{self, Visit},
};

use crate::scan::{self, NamedKind, NamedPath, SourceFile};

/// The line of the first import, for each file that imports and each file that
/// it imports.
pub(crate) type Imports = BTreeMap<PathBuf, BTreeMap<PathBuf, usize>>;

/// Every import between two files of a crate.
pub(crate) fn imports(sources: &[SourceFile]) -> Imports {
    let sources: Vec<&SourceFile> = sources.iter().filter(|source| !source.is_test).collect();
    let mut modules = Modules::default();
    let mut files = Vec::new();
    for source in sources {
        let mut named = scan::find_named_paths(&source.syntax, &source.module);
        named.retain(|named| !named.is_test);
        modules.add(source, &named);
        files.push((source, named));
    }
    let mut imports = Imports::new();
    for (source, named) in files {
        let words = words(&source.syntax);
        let imported = imports.entry(source.file.clone()).or_default();
        for named in named {
            let unused = |name: &String| named.is_reexport && !words.contains(name);
            if named.binding.as_ref().is_some_and(unused) {
                continue;
            }
            let file = modules.defining_file(&named);
            if let Some(file) = file.filter(|file| *file != source.file) {
                imported.entry(file.to_owned()).or_insert(named.line);
            }
        }
    }
    imports
}

/// Every import through which a file is imported by a file that it needs.
pub(crate) fn in_circles(imports: &Imports) -> Vec<(&Path, &Path, usize)> {
    let mut found = Vec::new();
    for (file, imported) in imports {
        for (other, line) in imported {
            if needed_by(imports, other).contains(file.as_path()) {
                found.push((file.as_path(), other.as_path(), *line));
            }
        }
    }
    found
}

/// The files that `file` imports, those that they import, and so on.
fn needed_by<'a>(imports: &'a Imports, file: &Path) -> BTreeSet<&'a Path> {
    let imported = |file: &Path| imports.get(file).into_iter().flat_map(BTreeMap::keys);
    let mut needed = BTreeSet::new();
    let mut next: Vec<&Path> = imported(file).map(PathBuf::as_path).collect();
    while let Some(file) = next.pop() {
        if needed.insert(file) {
            next.extend(imported(file).map(PathBuf::as_path));
        }
    }
    needed
}

/// What each name in a module refers to.
struct Module {
    file: PathBuf,
    items: BTreeSet<String>,
    bindings: BTreeMap<String, NamedKind>,
    globs: Vec<NamedKind>,
}

#[derive(Default)]
struct Modules(BTreeMap<Vec<String>, Module>);

impl Modules {
    fn add(&mut self, source: &SourceFile, named: &[NamedPath]) {
        self.add_items(&source.file, &source.module, &source.syntax.items);
        for NamedPath { module, what, binding, .. } in named {
            let Some(module) = self.0.get_mut(module) else { continue };
            match binding.as_deref() {
                Some("*") => module.globs.push(what.clone()),
                Some(name) => drop(module.bindings.insert(name.to_owned(), what.clone())),
                None => {}
            }
        }
    }

    fn add_items(&mut self, file: &Path, module: &[String], items: &[syn::Item]) {
        let mut names = BTreeSet::new();
        for item in items {
            let name = match item {
                syn::Item::Const(item) => &item.ident,
                syn::Item::Enum(item) => &item.ident,
                syn::Item::Fn(item) => &item.sig.ident,
                syn::Item::Static(item) => &item.ident,
                syn::Item::Struct(item) => &item.ident,
                syn::Item::Trait(item) => &item.ident,
                syn::Item::Type(item) => &item.ident,
                syn::Item::Mod(syn::ItemMod { ident, content: Some((_, items)), .. }) => {
                    let inside = [module, &[ident.unraw().to_string()]].concat();
                    self.add_items(file, &inside, items);
                    continue;
                }
                _ => continue,
            };
            names.insert(name.unraw().to_string());
        }
        let (file, bindings, globs) = (file.to_owned(), BTreeMap::new(), Vec::new());
        self.0.insert(module.to_vec(), Module { file, items: names, bindings, globs });
    }

    /// The file that defines what is named. `None` for a whole module, which
    /// counts where an item of it is named, and for what is not ours.
    fn defining_file(&self, named: &NamedPath) -> Option<&Path> {
        if named.binding.as_deref() == Some("*") {
            let path = self.follow(&named.module, &named.what, 0)?;
            return self.0.get(&path).map(|module| module.file.as_path());
        }
        let path = self.follow(&named.module, &named.what, 0)?;
        if self.0.contains_key(&path) {
            return None;
        }
        let module = (0..path.len()).rev().find_map(|end| self.0.get(&path[..end]))?;
        Some(&module.file)
    }

    /// The path of a module or an item at the place where it is defined.
    fn follow(&self, module: &[String], what: &NamedKind, hops: usize) -> Option<Vec<String>> {
        // `use x::x;` may name a crate and its item.
        if hops > 9 {
            return None;
        }
        let (mut at, mut rest) = match what {
            NamedKind::Ours(path) => (Vec::new(), path.as_slice()),
            NamedKind::Other(path) => (module.to_vec(), path.as_slice()),
        };
        while let Some((name, after)) = rest.split_first() {
            let child = [&at[..], std::slice::from_ref(name)].concat();
            if self.0.contains_key(&child) {
                (at, rest) = (child, after);
                continue;
            }
            let module = self.0.get(&at)?;
            if module.items.contains(name) {
                return Some([&at[..], rest].concat());
            }
            if let Some(target) = module.bindings.get(name) {
                return self.follow(&at, &target.with(after), hops + 1);
            }
            let from_globs = module.globs.iter().find_map(|glob| {
                let path = self.follow(&at, glob, hops + 1)?;
                let is_here = self.0.get(&path)?.items.contains(name);
                is_here.then(|| NamedKind::Ours([&path[..], rest].concat()))
            });
            return match (from_globs, what) {
                (Some(target), _) => self.follow(&[], &target, hops + 1),
                // Made by a macro.
                (None, NamedKind::Ours(_)) => Some([&at[..], rest].concat()),
                (None, NamedKind::Other(_)) => None,
            };
        }
        Some(at)
    }
}

/// Every word of a source outside its imports and tests.
fn words(syntax: &syn::File) -> BTreeSet<String> {
    let mut words = Words::default();
    words.visit_file(syntax);
    words.0
}

#[derive(Default)]
struct Words(BTreeSet<String>);

impl Words {
    fn add_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => drop(self.0.insert(ident.unraw().to_string())),
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Words {
    fn visit_ident(&mut self, ident: &'ast syn::Ident) {
        self.0.insert(ident.unraw().to_string());
    }

    fn visit_item_use(&mut self, _: &'ast syn::ItemUse) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        // The name of a module is no use of what has the same name.
        if !scan::is_for_tests(&module.attrs) {
            module
                .content
                .iter()
                .flat_map(|(_, items)| items)
                .for_each(|item| self.visit_item(item));
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_path(self, &call.path);
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }
}
