//! Paths as people write them: short names where they are in scope, imports where that is needed.

use std::collections::{BTreeMap, BTreeSet};

use crate::explore::model::{Crate, ItemId};

/// Names of the standard library that are always in scope, by the path that is written.
const PRELUDE: &[(&str, &str)] = &[
    ("::std::string::String", "String"),
    ("::std::vec::Vec", "Vec"),
    ("::std::boxed::Box", "Box"),
    ("::std::option::Option::Some", "Some"),
    ("::std::option::Option::None", "None"),
    ("::std::option::Option", "Option"),
    ("::std::result::Result::Ok", "Ok"),
    ("::std::result::Result::Err", "Err"),
    ("::std::result::Result", "Result"),
    ("::std::default::Default", "Default"),
    ("::std::iter::FromIterator", "FromIterator"),
    ("::std::iter::IntoIterator", "IntoIterator"),
    ("::std::iter::Iterator", "Iterator"),
    ("::std::convert::AsRef", "AsRef"),
    ("::std::convert::From", "From"),
    ("::std::convert::TryFrom", "TryFrom"),
    ("::std::string::ToString", "ToString"),
    ("::std::clone::Clone", "Clone"),
    ("::std::format!", "format!"),
    ("::std::vec!", "vec!"),
];

/// What simple names mean in a test module.
#[derive(Debug, Clone, Default)]
pub struct InScope {
    /// Names, each with the path it stands for where that is known.
    pub names: BTreeMap<String, Option<String>>,
}

/// Shortens the paths of all tests of one module.
#[derive(Debug)]
pub struct Tidy<'a> {
    krate: &'a Crate,
    host: ItemId,
    scope: &'a InScope,
    /// Whether the standard library is known in the test module only.
    local_std: bool,
    /// What each short name was decided to stand for.
    chosen: BTreeMap<String, String>,
    imports: BTreeSet<String>,
}

impl<'a> Tidy<'a> {
    /// Creates one for tests in a child of the module `host`.
    ///
    /// `local_std` says that the crate itself has no standard library.
    pub fn new(krate: &'a Crate, host: ItemId, scope: &'a InScope, local_std: bool) -> Self {
        let (chosen, imports) = (BTreeMap::new(), BTreeSet::new());
        Self { krate, host, scope, local_std, chosen, imports }
    }

    /// Returns the imports that the shortened texts need, as paths.
    pub fn into_imports(self) -> BTreeSet<String> {
        self.imports
    }

    /// Brings a trait into scope for its methods.
    pub fn import_trait(&mut self, path: &str) {
        let short = path.rsplit("::").next().unwrap_or_default();
        if self.is_here(path, short) {
            return;
        }
        let path =
            path.strip_prefix("::std::").map_or(path.to_owned(), |rest| format!("std::{rest}"));
        let taken = self.scope.names.contains_key(short) || self.chosen.contains_key(short);
        self.imports.insert(if taken { format!("{path} as _") } else { path });
    }

    /// Returns a text with its paths shortened; literals are left alone.
    pub fn shorten(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let begins = !out.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if let Some(end) = literal_end(rest) {
                let (literal, after) = rest.split_at(end);
                out.push_str(literal);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("&'static ") {
                out.push('&');
                rest = after;
            } else if begins && (rest.starts_with("crate::") || rest.starts_with("::std::")) {
                let (path, after) = rest.split_at(path_end(rest));
                out.push_str(&self.path(path));
                rest = after;
            } else {
                let mut chars = rest.chars();
                out.extend(chars.next());
                rest = chars.as_str();
            }
        }
        out
    }

    /// One path, shortened.
    fn path(&mut self, path: &str) -> String {
        for (long, short) in PRELUDE {
            let tail = path.strip_prefix(long);
            if let Some(tail) = tail.filter(|tail| tail.is_empty() || tail.starts_with("::"))
                && !self.scope.names.contains_key(short.trim_end_matches('!'))
            {
                return format!("{short}{tail}");
            }
        }
        let (item, tail) = split_item(path);
        let short = item.rsplit("::").next().unwrap_or_default().to_owned();
        if self.is_here(item, &short) {
            return format!("{short}{tail}");
        }
        let wanted = item.strip_prefix("::std::").map_or(item.to_owned(), |r| format!("std::{r}"));
        let free = match (self.scope.names.get(&short), self.chosen.get(&short)) {
            (None, None) => true,
            (None, Some(chosen)) => *chosen == wanted,
            _ => false,
        };
        if !free || short.is_empty() {
            let local = path.strip_prefix("::").filter(|_| self.local_std);
            return local.unwrap_or(path).to_owned();
        }
        self.chosen.insert(short.clone(), wanted.clone());
        self.imports.insert(wanted);
        format!("{short}{tail}")
    }

    /// Whether the short name already stands for the item.
    fn is_here(&self, item: &str, short: &str) -> bool {
        if let Some(Some(known)) = self.scope.names.get(short) {
            let known = known.trim_start_matches("::");
            if known == item.trim_start_matches("::") {
                return true;
            }
        }
        let Some(host) = self.krate.modules.get(&self.host) else { return false };
        let here = format!("{}::{short}", host.path);
        let ids = self
            .krate
            .routes
            .of
            .iter()
            .filter(|(_, routes)| routes.iter().any(|route| route.path == item));
        ids.into_iter().any(|(_, routes)| routes.iter().any(|route| route.path == here))
    }
}

/// The end of the string, char or byte literal at the front of a text, if there is one.
fn literal_end(text: &str) -> Option<usize> {
    let start = usize::from(text.starts_with("b\"") || text.starts_with("b'"));
    let mut chars = text.char_indices().skip(start);
    let quote = chars.next().map(|(_, c)| c).filter(|c| ['"', '\''].contains(c))?;
    let body = text.get(start + 1..)?;
    if quote == '\'' {
        // A lifetime has no closing quote behind its first character.
        let mut ahead = body.chars();
        let first = ahead.next()?;
        if first != '\\' && ahead.next() != Some('\'') {
            return None;
        }
    }
    let mut escaped = false;
    for (index, c) in chars {
        if c == quote && !escaped {
            return Some(index + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The end of the path at the front of a text; a macro's `!` belongs to it.
fn path_end(text: &str) -> usize {
    let mut end = 0;
    let mut rest = text;
    loop {
        let skipped = rest.strip_prefix("::").map_or(0, |_| 2);
        let names = rest.get(skipped..).unwrap_or_default();
        let length = names.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(names.len());
        if length == 0 {
            return end;
        }
        end += skipped + length;
        rest = text.get(end..).unwrap_or_default();
        if rest.starts_with('!') && !rest.starts_with("!=") {
            return end + 1;
        }
        if !rest.starts_with("::") {
            return end;
        }
    }
}

/// Splits a path behind its first type, trait or constant; a function is an item as a whole.
fn split_item(path: &str) -> (&str, &str) {
    let mut end = 0;
    for segment in path.split_inclusive("::") {
        end += segment.len();
        let name = segment.trim_end_matches("::");
        if name.starts_with(char::is_uppercase) {
            let cut = end - (segment.len() - name.len());
            return path.split_at(cut);
        }
    }
    (path, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_lifetimes_are_told_apart() {
        assert_eq!(literal_end("\"a\\\"b\" + c"), Some(6));
        assert_eq!(literal_end("'a' + c"), Some(3));
        assert_eq!(literal_end("'\\'' + c"), Some(4));
        assert_eq!(literal_end("'static str"), None);
        assert_eq!(literal_end("b\"x\".len()"), Some(4));
    }

    #[test]
    fn a_path_ends_with_its_last_name() {
        assert_eq!(path_end("crate::a::B::new(1)"), 16);
        assert_eq!(path_end("::std::format!(\"\")"), 14);
        assert_eq!(split_item("crate::a::B::new"), ("crate::a::B", "::new"));
        assert_eq!(split_item("crate::a::run"), ("crate::a::run", ""));
    }
}
