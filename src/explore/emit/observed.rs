//! What was observed, as source: a debug text and its type give back the value.

use super::literal;
use crate::explore::model::{Bindings, Fields, ItemId, Named, Shape, Type, Variant};
use crate::explore::produce::Names;

/// Longest debug text that is turned into source, in bytes.
const TEXT_MAX: usize = 600;

/// Longest expected value that is written out.
const SOURCE_MAX: usize = 400;

/// Reads values of one module's view of the crate.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Names types for the module in which the test stands.
    pub names: Names<'a>,
}

impl Observed<'_> {
    /// Returns the source of the value whose debug text is `text`; `None` if the type does not
    /// allow it. Text at the top is a plain string literal, which compares with owned text too.
    pub fn source(&self, ty: &Type, text: &str) -> Option<String> {
        if TEXT_MAX < text.len() {
            return None;
        }
        let mut reader = Reader { names: self.names, rest: text };
        let source = reader.value(ty, true)?;
        (reader.rest.is_empty() && source.len() <= SOURCE_MAX).then_some(source)
    }

    /// Returns whether values of a type can be compared with `==` and printed when they differ.
    pub fn comparable(&self, ty: &Type) -> bool {
        match ty {
            Type::Primitive(_) => true,
            Type::Reference { target, .. } => self.comparable(target),
            Type::Slice(item) | Type::Array(item, _) => self.comparable(item),
            Type::Tuple(items) => items.iter().all(|item| self.comparable(item)),
            Type::Named(named) => {
                let own = match named.local {
                    Some(_) => {
                        let krate = self.names.krate;
                        krate.implements("PartialEq", ty) && krate.implements("Debug", ty)
                    }
                    None => named.path != "std::io::Error",
                };
                own && named
                    .args
                    .iter()
                    .all(|arg| matches!(arg, Type::Value(_)) || self.comparable(arg))
            }
            _ => false,
        }
    }

    /// Returns whether values of a type have a debug text.
    pub fn printable(&self, ty: &Type) -> bool {
        match ty {
            Type::Reference { target, .. } => self.printable(target),
            Type::Slice(item) | Type::Array(item, _) => self.printable(item),
            Type::Tuple(items) => items.iter().all(|item| self.printable(item)),
            Type::Named(named) if named.local.is_some() => self.names.krate.implements("Debug", ty),
            Type::Primitive(_) | Type::Named(_) => true,
            _ => false,
        }
    }
}

/// Reads one debug text from left to right.
struct Reader<'a> {
    names: Names<'a>,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Takes `token` off the front.
    fn eat(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    /// Takes a word off the front: letters, digits and `_`.
    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    /// Takes a quoted literal off the front, quotes included.
    fn quoted(&mut self, quote: char) -> Option<&'a str> {
        let mut escaped = false;
        let mut chars = self.rest.char_indices();
        if chars.next()?.1 != quote {
            return None;
        }
        for (index, c) in chars {
            if c == quote && !escaped {
                let (literal, rest) = self.rest.split_at(index + 1);
                self.rest = rest;
                return Some(literal);
            }
            escaped = c == '\\' && !escaped;
        }
        None
    }

    /// Reads a value.
    fn value(&mut self, ty: &Type, top: bool) -> Option<String> {
        match ty {
            Type::Primitive(name) => self.primitive(name),
            Type::Reference { target, .. } => {
                let inner = self.value(target, true)?;
                let own = matches!(&**target, Type::Slice(_)) || target.is("str");
                Some(if own && !inner.starts_with('[') || target.is("str") {
                    inner
                } else {
                    format!("&{inner}")
                })
            }
            Type::Slice(item) | Type::Array(item, _) => self.list(item, "[", "]", top),
            Type::Tuple(items) => {
                self.eat("(")?;
                let mut parts = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    if 0 < index {
                        self.eat(", ")?;
                    }
                    parts.push(self.value(item, false)?);
                }
                if items.len() == 1 {
                    self.eat(",")?;
                    parts.push(String::new());
                }
                self.eat(")")?;
                Some(format!("({})", parts.join(", ").trim_end_matches(' ')))
            }
            Type::Named(named) => match named.local {
                Some(id) => self.local(id, named),
                None => self.standard(named, top),
            },
            _ => None,
        }
    }

    /// Reads a primitive.
    fn primitive(&mut self, name: &str) -> Option<String> {
        match name {
            "str" => self.string(),
            "char" => {
                let quoted = self.quoted('\'')?;
                let c: syn::LitChar = syn::parse_str(quoted).ok()?;
                Some(literal::character(c.value()))
            }
            "bool" => {
                Some(self.word()).filter(|w| ["true", "false"].contains(w)).map(str::to_owned)
            }
            "f32" | "f64" => {
                let end = self.rest.find([',', ')', ']', '}', ' ']).unwrap_or(self.rest.len());
                let (number, rest) = self.rest.split_at(end);
                self.rest = rest;
                let value: f64 = number.parse().ok()?;
                // A value that equals nothing, not even itself, cannot be expected.
                (!value.is_nan()).then(|| literal::float(value, name, false))
            }
            _ => {
                let sign = if self.eat("-").is_some() { "-" } else { "" };
                let value: i128 = format!("{sign}{}", self.word()).parse().ok()?;
                Some(literal::integer(value, name, false))
            }
        }
    }

    /// Reads a string and writes it in our own way.
    fn string(&mut self) -> Option<String> {
        let quoted = self.quoted('"')?;
        let value: syn::LitStr = syn::parse_str(quoted).ok()?;
        Some(literal::text(&value.value()))
    }

    /// Reads items between brackets.
    fn items(&mut self, item: &Type, open: &str, close: &str, top: bool) -> Option<Vec<String>> {
        self.eat(open)?;
        let mut items = Vec::new();
        while self.eat(close).is_none() {
            if !items.is_empty() {
                self.eat(", ")?;
            }
            items.push(self.value(item, top)?);
        }
        Some(items)
    }

    /// Reads a list and writes it as an array.
    fn list(&mut self, item: &Type, open: &str, close: &str, top: bool) -> Option<String> {
        let items = self.items(item, open, close, top)?;
        (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
    }

    /// Reads a value of the standard library.
    fn standard(&mut self, named: &Named, top: bool) -> Option<String> {
        let first = named.args.first().cloned().unwrap_or_else(Type::unit);
        let second = named.args.get(1).cloned().unwrap_or_else(Type::unit);
        match named.name() {
            "String" => {
                let text = self.string()?;
                Some(if top { text } else { format!("::std::string::String::from({text})") })
            }
            "Cow" if first.is("str") => {
                let text = self.string()?;
                Some(if top { text } else { format!("::std::borrow::Cow::Borrowed({text})") })
            }
            "PathBuf" => Some(format!("::std::path::PathBuf::from({})", self.string()?)),
            "Option" => match self.word() {
                "None" => Some("None".to_owned()),
                "Some" => self.wrapped(&first).map(|inner| format!("Some({inner})")),
                _ => None,
            },
            "Result" => match self.word() {
                "Ok" => self.wrapped(&first).map(|inner| format!("Ok({inner})")),
                "Err" => self.wrapped(&second).map(|inner| format!("Err({inner})")),
                _ => None,
            },
            "Vec" if top => self.list(&first, "[", "]", true),
            "Vec" => {
                let items = self.items(&first, "[", "]", false)?;
                Some(format!("vec![{}]", items.join(", ")))
            }
            "Box" if !first.is("str") && !matches!(first, Type::Slice(_) | Type::Object(_)) => {
                self.value(&first, false).map(|inner| format!("::std::boxed::Box::new({inner})"))
            }
            "Ordering" => {
                let word = self.word();
                let known = ["Less", "Equal", "Greater"].contains(&word);
                known.then(|| format!("::std::cmp::Ordering::{word}"))
            }
            "Error" if named.path.contains("fmt") => {
                self.eat("Error").map(|()| "::std::fmt::Error".to_owned())
            }
            "BTreeSet" => {
                let items = self.items(&first, "{", "}", false)?;
                Some(format!("::std::collections::BTreeSet::from([{}])", items.join(", ")))
            }
            "Duration" => self.duration(),
            "Range" => {
                let low = self.value(&first, false)?;
                self.eat("..")?;
                Some(format!("{low}..{}", self.value(&first, false)?))
            }
            _ => None,
        }
    }

    /// Reads a value in round brackets.
    fn wrapped(&mut self, ty: &Type) -> Option<String> {
        self.eat("(")?;
        let inner = self.value(ty, false)?;
        self.eat(")")?;
        Some(inner)
    }

    /// Reads a duration, of whole milliseconds or seconds.
    fn duration(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        let word = self.word();
        let constructor = match word {
            "s" => "from_secs",
            "ms" => "from_millis",
            "µs" => "from_micros",
            "ns" => "from_nanos",
            _ => return None,
        };
        if let Ok(whole) = number.parse::<u64>() {
            let whole = literal::integer(i128::from(whole), "u64", false);
            return Some(format!("::std::time::Duration::{constructor}({whole})"));
        }
        let (seconds, fraction) = number.split_once('.')?;
        if word != "s" || 9 < fraction.len() {
            return None;
        }
        let nanos: u32 = format!("{fraction:0<9}").parse().ok()?;
        Some(format!("::std::time::Duration::new({seconds}, {nanos})"))
    }

    /// Reads a value of one of the crate's types, as a derive prints it.
    fn local(&mut self, id: ItemId, named: &Named) -> Option<String> {
        let krate = self.names.krate;
        let adt = krate.adts.get(&id)?;
        let path = krate.path_from(id, self.names.module)?;
        let mut bindings = Bindings::new();
        for (parameter, arg) in adt.generics.parameters.iter().zip(&named.args) {
            bindings.insert(parameter.name.clone(), arg.clone());
        }
        let word = self.word();
        match &adt.shape {
            Shape::Struct(fields) if word == adt.name => self.fields(path, fields, &bindings),
            Shape::Enum(variants) => {
                let variant: &Variant = variants.iter().find(|variant| variant.name == word)?;
                self.fields(&format!("{path}::{word}"), &variant.fields, &bindings)
            }
            _ => None,
        }
    }

    /// Reads fields; all must be nameable where the test stands.
    fn fields(&mut self, path: &str, fields: &Fields, bindings: &Bindings) -> Option<String> {
        let (krate, module) = (self.names.krate, self.names.module);
        match fields {
            Fields::Unit => Some(path.to_owned()),
            Fields::Tuple(fields) => {
                self.eat("(")?;
                let mut parts = Vec::new();
                for field in fields.as_ref()? {
                    if !parts.is_empty() {
                        self.eat(", ")?;
                    }
                    krate.admits(field.scope, module).then_some(())?;
                    parts.push(self.value(&krate.resolve(&field.ty.substitute(bindings)), false)?);
                }
                self.eat(")")?;
                Some(format!("{path}({})", parts.join(", ")))
            }
            Fields::Named(fields) => {
                self.eat(" { ")?;
                let mut parts = Vec::new();
                for field in fields.as_ref()? {
                    if !parts.is_empty() {
                        self.eat(", ")?;
                    }
                    self.eat(&field.name)?;
                    self.eat(": ")?;
                    krate.admits(field.scope, module).then_some(())?;
                    let ty = krate.resolve(&field.ty.substitute(bindings));
                    parts.push(format!("{}: {}", field.name, self.value(&ty, false)?));
                }
                self.eat(" }")?;
                Some(format!("{path} {{ {} }}", parts.join(", ")))
            }
        }
    }
}
