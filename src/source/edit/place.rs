//! Finding the place of tests in a file: the host module and its test module.

use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{AttrStyle, Attribute, Expr, Item, ItemMod, Lit, Meta};

use crate::error::{Error, Result};

use super::names::{Visible, visible};
use super::uses::uses_of;
use crate::source::syntax::{Syntax, parse};

/// A module that tests are written for.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// The text of the file that holds the module.
    pub text: &'a str,
    /// The path of the file's module from the crate root, as in `parser::number`; empty for the
    /// root.
    pub file_module: &'a str,
    /// The folder of the modules that the file declares, see [`child_folder`].
    pub child_folder: &'a str,
    /// The names of the inline modules that lead from the file's module to the host; empty if the
    /// file's module is the host.
    pub modules: &'a [String],
    /// The text of the file that [`Host::sibling`] names, if it names one.
    pub sibling_text: Option<&'a str>,
}

/// Returns the folder in which the compiler looks for the modules that a file declares, relative to
/// the file's own folder: nothing for `mod.rs` and a crate's root, else the file's name without its
/// extension.
pub fn child_folder(file_name: &str, crate_root: bool) -> &str {
    if crate_root || file_name == "mod.rs" {
        return "";
    }
    file_name.strip_suffix(".rs").unwrap_or(file_name)
}

/// A place between two bytes of a text where items can be inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hole {
    /// The byte before which the text goes.
    pub(super) at: usize,
    /// What the items there are indented with.
    pub(super) indent: String,
    /// What a closing brace is indented with that shares its line with the module's last item and
    /// is moved to a line of its own; nothing at the end of a file and for a brace that has a line.
    pub(super) brace: Option<String>,
    /// Whether nothing comes before it in its module.
    pub(super) first: bool,
}

/// A test module that tests can be added to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestModule {
    /// Its name.
    pub(super) name: String,
    /// Where it is.
    pub(super) body: TestBody,
}

/// Where the items of a test module are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TestBody {
    /// In the file itself; tests go in here.
    Inline(Hole),
    /// In another file: its path, relative to the folder of the host's file.
    Sibling(String),
}

/// The place of tests in a file, and what is in scope there.
#[derive(Debug, Clone)]
pub struct Place {
    /// The end of the host module.
    pub(super) end: Hole,
    /// The test module to add to, if there is one.
    pub(super) found: Option<TestModule>,
    /// The names that are in scope in the test module.
    pub(super) visible: Visible,
}

impl Place {
    /// Returns the names that are in scope there.
    pub fn visible(&self) -> &Visible {
        &self.visible
    }
}

impl Host<'_> {
    /// Returns the path of the file that holds the host's test module, if it is declared by
    /// `#[cfg(test)] mod tests;`, relative to the folder of the host's file.
    ///
    /// # Errors
    ///
    /// Returns a usage error if the text is not Rust or has no such module.
    pub fn sibling(&self) -> Result<Option<String>> {
        parse(self.text, |syntax| {
            let items = self.items(syntax)?.0;
            Ok(self.sibling_modules(items).next().map(|(_, path)| path))
        })?
    }

    /// Returns the names that are in scope where [`super::insert`] puts the tests.
    ///
    /// # Errors
    ///
    /// Returns a usage error if a text is not Rust or the host is not in it.
    pub fn visible(&self, placement: super::Placement) -> Result<Visible> {
        self.place(placement).map(|place| place.visible)
    }

    /// Returns the place where [`super::insert_at`] puts the tests of this host.
    ///
    /// # Errors
    ///
    /// Returns a usage error if a text is not Rust or the host is not in it.
    pub fn place(&self, placement: super::Placement) -> Result<Place> {
        parse(self.text, |syntax| {
            let (items, module) = self.items(syntax)?;
            let preamble = self.text.len() - syntax.text.len();
            let end = match module {
                Some(module) => hole(self.text, module, preamble),
                None => Some(end_of(self.text)),
            };
            let end = end.ok_or_else(|| self.missing())?;
            let sibling = self.usable_sibling(items)?;
            let inline = inline_module(items);
            let wants_sibling = placement == super::Placement::Sibling;
            let (name, body, own) = match (inline, sibling) {
                (Some(module), None) => inline_place(self.text, module, preamble),
                (Some(module), Some(_)) if !wants_sibling => {
                    inline_place(self.text, module, preamble)
                }
                (_, Some((name, path, own))) => (Some(name), Some(TestBody::Sibling(path)), own),
                (None, None) => (None, None, Vec::new()),
            };
            let mut visible = visible(&self.path(), items, name.as_deref(), &own);
            visible.module = name.as_deref().map(|name| self.path_of(name));
            let found = name.zip(body).map(|(name, body)| TestModule { name, body });
            Ok(Place { end, found, visible })
        })?
    }

    /// The path of a module in the host, relative to the file's module.
    pub(super) fn path_of(&self, name: &str) -> String {
        let path = self.modules.iter().map(String::as_str).chain([name]);
        path.collect::<Vec<_>>().join("::")
    }

    /// The path of the host from the crate root, name by name.
    pub(super) fn path(&self) -> Vec<String> {
        let names = self.file_module.split("::").filter(|name| !name.is_empty());
        names.map(str::to_owned).chain(self.modules.iter().cloned()).collect()
    }

    /// The items of the host, and the host itself unless it is the whole file.
    fn items<'s>(&self, syntax: &'s Syntax) -> Result<(&'s [Item], Option<&'s ItemMod>)> {
        let (mut items, mut host) = (&*syntax.file.items, None);
        for name in self.modules {
            let mut named = modules(items).filter(|module| module.ident.unraw() == *name);
            let inline = named.find_map(|module| Some((module, &module.content.as_ref()?.1)));
            let (module, inner) = inline.ok_or_else(|| self.missing())?;
            if named.next().is_some() {
                let several = format!("several modules are called `{}`", self.modules.join("::"));
                return Err(Error::usage(several).hint("give them different names"));
            }
            (items, host) = (inner, Some(module));
        }
        Ok((items, host))
    }

    /// The error for a host that is not in the text.
    fn missing(&self) -> Error {
        Error::usage(format!("the file has no module `{}`", self.modules.join("::")))
            .hint("the module must be written out between braces in the file, outside of macros")
    }

    /// The test modules that are files of their own, with the paths of these.
    fn sibling_modules<'i>(
        &self,
        items: &'i [Item],
    ) -> impl Iterator<Item = (&'i ItemMod, String)> + use<'i> {
        let folders = self.modules.iter().map(String::as_str);
        let folder: Vec<&str> = [self.child_folder]
            .into_iter()
            .filter(|name| !name.is_empty())
            .chain(folders)
            .collect();
        let folder = folder.iter().fold(String::new(), |path, name| path + name + "/");
        let nested = !self.modules.is_empty();
        test_modules(items).filter(|module| module.content.is_none()).map(move |module| {
            let path = module.attrs.iter().find_map(path_attribute);
            let path = match path {
                Some(path) if nested => format!("{folder}{path}"),
                Some(path) => path,
                None => format!("{folder}{}.rs", module.ident.unraw()),
            };
            (module, path)
        })
    }

    /// The path of a new file beside, for a test module called `name`.
    pub(super) fn sibling_path(&self, name: &str) -> String {
        let folders = [self.child_folder].into_iter().filter(|name| !name.is_empty());
        let path = folders.chain(self.modules.iter().map(String::as_str));
        path.chain([name]).collect::<Vec<_>>().join("/") + ".rs"
    }

    /// The test module in another file that tests can be added to: its name, path and items.
    fn usable_sibling(&self, items: &[Item]) -> Result<Option<(String, String, Vec<Item>)>> {
        let (Some(text), Some((module, path))) =
            (self.sibling_text, self.sibling_modules(items).next())
        else {
            return Ok(None);
        };
        let name = module.ident.unraw().to_string();
        let file = syn::parse_file(text)
            .map_err(|error| Error::usage(format!("`{path}` is not Rust")).because(error))?;
        let always = file.attrs.iter().all(is_unconditional);
        Ok((always && sees_host(&file.items)).then_some((name, path, file.items)))
    }
}

/// The name, place and items of a test module in the file itself.
fn inline_place(
    text: &str,
    module: &ItemMod,
    preamble: usize,
) -> (Option<String>, Option<TestBody>, Vec<Item>) {
    let items = module.content.iter().flat_map(|(_, items)| items.clone()).collect();
    let body = hole(text, module, preamble).map(TestBody::Inline);
    (Some(module.ident.unraw().to_string()), body, items)
}

/// The modules among some items.
fn modules(items: &[Item]) -> impl Iterator<Item = &ItemMod> {
    items.iter().filter_map(|item| if let Item::Mod(module) = item { Some(module) } else { None })
}

/// The modules that exist whenever `test` is on and never else; those with the usual names first.
fn test_modules(items: &[Item]) -> impl Iterator<Item = &ItemMod> {
    let mut found: Vec<&ItemMod> =
        modules(items).filter(|module| is_test_module(&module.attrs)).collect();
    found.sort_by_key(|module| match &*module.ident.to_string() {
        "tests" => 0,
        "test" => 1,
        _ => 2,
    });
    found.into_iter()
}

/// The test module in the file itself that tests can be added to.
fn inline_module(items: &[Item]) -> Option<&ItemMod> {
    test_modules(items)
        .find(|module| module.content.as_ref().is_some_and(|(_, items)| sees_host(items)))
}

/// Whether all conditions of an item are `#[cfg(test)]`, and there is one.
pub(super) fn is_test_module(attributes: &[Attribute]) -> bool {
    attributes.iter().all(is_unconditional)
        && attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// Whether an attribute never removes its item from a build with `test` or moves it elsewhere.
fn is_unconditional(attribute: &Attribute) -> bool {
    let path = attribute.path();
    if path.is_ident("cfg_attr") {
        let words = attribute.to_token_stream().to_string().replace(' ', "");
        return !words.contains(",cfg(") && !words.contains(",path=");
    }
    let tested = || attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"));
    !path.is_ident("cfg") || tested()
}

/// The value of a `#[path = ".."]` attribute.
fn path_attribute(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(value) = &pair.value else { return None };
    match &value.lit {
        Lit::Str(path) if pair.path.is_ident("path") => Some(path.value()),
        _ => None,
    }
}

/// Whether `use super::*` is among some items.
fn sees_host(items: &[Item]) -> bool {
    items.iter().any(|item| {
        let Item::Use(item) = item else { return false };
        let conditional = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
        !conditional && uses_of(item).iter().any(|used| used.glob && used.path == ["super"])
    })
}

/// The end of a file.
pub(super) fn end_of(text: &str) -> Hole {
    let first = text.trim_start_matches('\u{feff}').is_empty();
    Hole { at: text.len(), indent: String::new(), brace: None, first }
}

/// The place before the closing brace of a module.
fn hole(text: &str, module: &ItemMod, preamble: usize) -> Option<Hole> {
    let (braces, items) = module.content.as_ref()?;
    let open = preamble + braces.span.open().byte_range().end;
    let close = preamble + braces.span.close().byte_range().start;
    let base = indentation(text, preamble + module.span().byte_range().start);
    // Only what begins its line shows how the items of the module are indented.
    let shown = items.iter().find_map(|item| {
        let start = preamble + item.span().byte_range().start;
        let line = text.get(..start)?.rfind('\n').filter(|line| open <= *line)?;
        let before = text.get(line + 1..start)?;
        before.chars().all(char::is_whitespace).then(|| before.to_owned())
    });
    let indent = shown.unwrap_or_else(|| format!("{base}{}", super::write::unit(text)));
    let inner = module.attrs.iter().any(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
    let inside = text.get(open..close)?;
    let last = inside.rfind('\n').and_then(|line| inside.get(line + 1..));
    let own_line = last.filter(|last| last.trim().is_empty());
    Some(Hole {
        at: close - own_line.map_or(0, str::len),
        indent,
        brace: own_line.is_none().then_some(base),
        first: items.is_empty() && !inner && inside.trim().is_empty(),
    })
}

/// The blanks at the beginning of the line that holds a byte.
fn indentation(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |line| line + 1);
    let line = text.get(start..).unwrap_or_default().trim_start_matches('\u{feff}');
    line.chars().take_while(|char| matches!(char, ' ' | '\t')).collect()
}
