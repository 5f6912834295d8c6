//! References in texts: `{{ root.path }}` with a known root; everything else is literal text.

/// What a reference may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// What a step gave: `steps.<id>.<output>`.
    Steps,
    /// A variable of the mission.
    Vars,
    /// A parameter of the mission.
    Params,
    /// A field of the mission's target.
    Target,
    /// A variable of the environment.
    Env,
}

impl Root {
    /// Returns the root with this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "steps" => Self::Steps,
            "vars" => Self::Vars,
            "params" => Self::Params,
            "target" => Self::Target,
            "env" => Self::Env,
            _ => return None,
        })
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Vars => "vars",
            Self::Params => "params",
            Self::Target => "target",
            Self::Env => "env",
        }
    }
}

/// A reference: a root and the path behind it, never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Where to look.
    pub root: Root,
    /// The names behind the root.
    pub path: Vec<String>,
}

impl Reference {
    /// Reads `root.path`; `None` for everything that is no reference.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names = text.split('.');
        let root = Root::named(names.next()?)?;
        let path: Vec<String> = names.map(str::to_owned).collect();
        (!path.is_empty() && path.iter().all(|name| is_name(name))).then_some(Self { root, path })
    }

    /// Returns the id of the step it refers to.
    pub fn step(&self) -> Option<&str> {
        (self.root == Root::Steps).then(|| self.path.first().map(String::as_str))?
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.root.name(), self.path.join("."))
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text that stays as it is.
    Literal(&'a str),
    /// A reference, and the byte at which its `{{` begins.
    Reference(Reference, usize),
}

/// Splits a text into literal text and references.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut literal = 0;
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find("{{")).map(|at| from + at) {
        let Some((reference, end)) = reference_at(text, open) else {
            from = open + 1;
            continue;
        };
        if let Some(before) = text.get(literal..open).filter(|before| !before.is_empty()) {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(Piece::Reference(reference, open));
        literal = end;
        from = end;
    }
    if let Some(rest) = text.get(literal..).filter(|rest| !rest.is_empty()) {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// Returns whether a text has a reference in it.
pub fn any(text: &str) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Reference(..)))
}

/// The reference whose `{{` is at `open`, and where it ends; `${{ … }}` belongs to others.
fn reference_at(text: &str, open: usize) -> Option<(Reference, usize)> {
    if text.get(..open).is_some_and(|before| before.ends_with('$')) {
        return None;
    }
    let inside = text.get(open + 2..)?;
    let length = inside.find(|c: char| !is_part(c) && c != '.' && c != ' ')?;
    let (name, rest) = inside.split_at(length);
    rest.starts_with("}}").then_some(())?;
    Some((Reference::parse(name.trim_matches(' '))?, open + 2 + length + 2))
}

/// Whether a text can stand between the dots of a reference.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_part)
}

/// Whether a character can be part of a name.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
