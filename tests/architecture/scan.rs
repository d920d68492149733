//! Reads sources, and finds every path in them: in `use` items, in types and
//! expressions, in the arguments of macros and in attributes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use syn::{
    UseTree,
    ext::IdentExt as _,
    spanned::Spanned as _,
    visit::{self, Visit},
};

/// A source file, parsed, at its place in the tree of modules. A file that two
/// modules include is there twice.
pub(crate) struct SourceFile {
    pub(crate) file: PathBuf,
    pub(crate) module: Vec<String>,
    pub(crate) syntax: syn::File,
    /// Whether it is compiled only for tests.
    pub(crate) is_test: bool,
}

/// Something that a source names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) line: usize,
    pub(crate) what: NamedKind,
    /// The module in which it is named.
    pub(crate) module: Vec<String>,
    /// The name that a `use` gives it there; `*` for all names.
    pub(crate) binding: Option<String>,
    /// Whether that `use` is not private.
    pub(crate) is_reexport: bool,
    pub(crate) is_test: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NamedKind {
    /// A path of ours from the root of the crate; empty for the root itself.
    Ours(Vec<String>),
    /// Any other path of two parts or more, or that is imported.
    Other(Vec<String>),
}

impl NamedKind {
    /// What stands at `after` below this.
    pub(crate) fn with(&self, after: &[String]) -> Self {
        match self {
            Self::Ours(path) => Self::Ours([path, after].concat()),
            Self::Other(path) => Self::Other([path, after].concat()),
        }
    }
}

/// Reads a crate's root file and every file that is a module of it.
pub(crate) fn read_crate(root: &Path) -> Vec<SourceFile> {
    let mut sources = Vec::new();
    let directory = root.parent().expect("a file lies in a directory").to_owned();
    read_module(root, &directory, ModulePlace { module: Vec::new(), is_test: false }, &mut sources);
    sources
}

/// Where a module stands.
struct ModulePlace {
    module: Vec<String>,
    is_test: bool,
}

fn read_module(file: &Path, children: &Path, place: ModulePlace, sources: &mut Vec<SourceFile>) {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file:?}: {error}"));
    let beside = file.parent().expect("a file lies in a directory");
    read_children(&syntax.items, beside, children, &place, sources);
    let ModulePlace { module, is_test } = place;
    sources.push(SourceFile { file: file.to_owned(), module, syntax, is_test });
}

/// `beside` is where a `#[path]` starts from, `children` where a module's file
/// is looked for.
fn read_children(
    items: &[syn::Item],
    beside: &Path,
    children: &Path,
    place: &ModulePlace,
    sources: &mut Vec<SourceFile>,
) {
    for item in items {
        let syn::Item::Mod(child) = item else { continue };
        let name = child.ident.unraw().to_string();
        let inside = children.join(&name);
        let module = [&place.module, std::slice::from_ref(&name)].concat();
        let below = ModulePlace { module, is_test: place.is_test || is_for_tests(&child.attrs) };
        if let Some((_, items)) = &child.content {
            read_children(items, &inside, &inside, &below, sources);
        } else if let Some(path) = path_attribute(child) {
            let file = beside.join(path);
            // A file that is named by its path is the head of its directory.
            let directory = file.parent().expect("a file lies in a directory").to_owned();
            read_module(&file, &directory, below, sources);
        } else {
            let flat = children.join(format!("{name}.rs"));
            let file = if flat.exists() { flat } else { inside.join("mod.rs") };
            read_module(&file, &inside, below, sources);
        }
    }
}

fn path_attribute(module: &syn::ItemMod) -> Option<String> {
    module.attrs.iter().find(|attribute| attribute.path().is_ident("path")).and_then(|attribute| {
        match &attribute.meta.require_name_value().ok()?.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        }
    })
}

pub(crate) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    let is_test = |attribute: &syn::Attribute| {
        let condition = attribute.parse_args::<syn::Ident>();
        attribute.path().is_ident("cfg") && condition.is_ok_and(|condition| condition == "test")
    };
    attributes.iter().any(is_test)
}

/// Everything that a source names. `module` is where it stands.
pub(crate) fn find_named_paths(syntax: &syn::File, module: &[String]) -> Vec<NamedPath> {
    let mut finder = Finder { module: module.to_vec(), ..Finder::default() };
    finder.visit_file(syntax);
    finder.named
}

#[derive(Default)]
struct Finder {
    module: Vec<String>,
    is_test: bool,
    /// Whether the `use` that is read is not private.
    is_reexport: bool,
    named: Vec<NamedPath>,
}

impl Finder {
    /// A path as it is written. `binding`: the name that a `use` gives it; only
    /// there, one part is a path.
    fn saw(&mut self, parts: &[String], binding: Option<String>, span: Span) {
        if parts.len() < 2 && binding.is_none() {
            return;
        }
        let Some(first) = parts.first() else { return };
        let what = match first.as_str() {
            // The program sees the library by its name.
            "crate" | "usher" => NamedKind::Ours(parts[1..].to_vec()),
            "Self" => return,
            "self" => NamedKind::Ours([&self.module, &parts[1..]].concat()),
            "super" => {
                let ups = parts.iter().take_while(|part| *part == "super").count();
                let stays = self.module.len().saturating_sub(ups);
                NamedKind::Ours([&self.module[..stays], &parts[ups..]].concat())
            }
            _ => NamedKind::Other(parts.to_vec()),
        };
        let (line, module) = (span.start().line, self.module.clone());
        let (is_reexport, is_test) = (self.is_reexport, self.is_test);
        self.named.push(NamedPath { line, what, module, binding, is_reexport, is_test });
    }

    fn saw_use(&mut self, prefix: &[String], tree: &UseTree) {
        let with = |ident: &syn::Ident| [prefix, &[ident.unraw().to_string()]].concat();
        let bound = |ident: &syn::Ident| Some(ident.unraw().to_string());
        match tree {
            UseTree::Path(path) => self.saw_use(&with(&path.ident), &path.tree),
            UseTree::Name(name) if name.ident == "self" => {
                self.saw(prefix, prefix.last().cloned(), tree.span());
            }
            UseTree::Name(name) => self.saw(&with(&name.ident), bound(&name.ident), tree.span()),
            UseTree::Rename(name) if name.ident == "self" => {
                self.saw(prefix, bound(&name.rename), tree.span());
            }
            UseTree::Rename(name) => {
                self.saw(&with(&name.ident), bound(&name.rename), tree.span());
            }
            UseTree::Glob(_) => self.saw(prefix, Some("*".to_owned()), tree.span()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.saw_use(prefix, tree);
                }
            }
        }
    }

    /// Paths in tokens that nobody has parsed: a macro's, an attribute's.
    /// Inside the braces of an import, `prefix` is what stands before them.
    fn saw_tokens(&mut self, prefix: &[String], tokens: TokenStream) {
        let mut path = PathBuilder::after(prefix);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if path.colons != 2 {
                        self.end(&mut path);
                    }
                    path.push(&ident);
                }
                TokenTree::Punct(punct) => match punct.as_char() {
                    ':' if path.colons == 1 || punct.spacing() == Spacing::Joint => {
                        path.colons += 1;
                    }
                    '*' if path.colons == 2 => {
                        self.saw(&path.parts, Some("*".to_owned()), punct.span());
                    }
                    ',' => {
                        self.end(&mut path);
                        path = PathBuilder::after(prefix);
                    }
                    _ => self.end(&mut path),
                },
                TokenTree::Group(group) => {
                    let import = path.colons == 2 && group.delimiter() == Delimiter::Brace;
                    let before = if import { std::mem::take(&mut path.parts) } else { Vec::new() };
                    self.end(&mut path);
                    self.saw_tokens(&before, group.stream());
                }
                TokenTree::Literal(literal) => {
                    self.end(&mut path);
                    self.saw_text(&literal.to_string(), literal.span());
                }
            }
        }
        self.end(&mut path);
    }

    /// A path in a text, as in `#[serde(with = "crate::x")]`.
    fn saw_text(&mut self, literal: &str, span: Span) {
        let Ok(text) = syn::parse_str::<syn::LitStr>(literal) else { return };
        let Ok(path) = text.parse::<syn::Path>() else { return };
        self.saw(&parts_of(&path), None, span);
    }

    fn end(&mut self, path: &mut PathBuilder) {
        self.saw(&path.parts, None, path.span);
        *path = PathBuilder::after(&[]);
    }
}

/// A path that is being put together out of tokens.
struct PathBuilder {
    parts: Vec<String>,
    span: Span,
    /// How many colons came last: after two, an identifier goes on.
    colons: u8,
}

impl PathBuilder {
    fn after(prefix: &[String]) -> Self {
        let colons = if prefix.is_empty() { 0 } else { 2 };
        Self { parts: prefix.to_vec(), span: Span::call_site(), colons }
    }

    fn push(&mut self, ident: &proc_macro2::Ident) {
        self.parts.push(ident.unraw().to_string());
        self.span = ident.span();
        self.colons = 0;
    }
}

fn parts_of(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect()
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let was_test = self.is_test;
        self.is_test |= is_for_tests(&module.attrs);
        self.module.push(module.ident.unraw().to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.is_test = was_test;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.is_reexport = !matches!(item.vis, syn::Visibility::Inherited);
        self.saw_use(&[], &item.tree);
        self.is_reexport = false;
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let name = item.ident.to_string();
        self.saw(std::slice::from_ref(&name), Some(name.clone()), item.span());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.saw(&parts_of(path), None, path.span());
        visit::visit_path(self, path);
    }

    // `pub(crate)` and `pub(in …)` show something; they look at nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.saw_tokens(&[], call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("doc") {
            return;
        }
        match &attribute.meta {
            syn::Meta::List(list) => {
                self.visit_path(&list.path);
                self.saw_tokens(&[], list.tokens.clone());
            }
            meta => visit::visit_meta(self, meta),
        }
    }
}
