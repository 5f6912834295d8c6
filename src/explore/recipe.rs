//! Recipes: how to make a value, with every choice left open.
//!
//! A recipe is read twice, in the same order: once to write the code of a candidate, which asks
//! the runtime for each choice, and once to write the source of a test, which takes the choices
//! that the search has found.

/// The number of a [`Maker`].
pub type MakerId = usize;

/// A value that the runtime chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaf {
    /// A `&'static str`.
    Text,
    /// A `&'static [u8]`.
    Bytes,
    /// An integer of the named type.
    Int(String),
    /// An integer of the named type, from the first to the second number.
    Within(String, i128, i128),
    /// A `usize`, mostly small.
    Size,
    /// A `char`.
    Char,
    /// A float of the named type.
    Float(String),
    /// A `bool`.
    Flag,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListForm {
    /// A `Vec`.
    Vector,
    /// A reference to a slice.
    Slice,
    /// A mutable reference to a slice.
    SliceMut,
}

/// How to make a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    /// A choice.
    Leaf(Leaf),
    /// An expression without any choice.
    Fixed(String),
    /// What the maker of a type makes.
    Make(MakerId),
    /// An expression with recipes inside, evaluated from left to right.
    Compose(Vec<Piece>),
    /// A call.
    Call {
        /// What is called.
        callee: Callee,
        /// The arguments; the first one is the receiver of a method.
        args: Vec<Recipe>,
    },
    /// A reference to what the inner recipe makes.
    Borrow {
        /// Whether it is mutable.
        mutable: bool,
        /// What is referred to.
        inner: Box<Recipe>,
    },
    /// The success of a call that may fail.
    Unwrap {
        /// A call that returns an `Option` or a `Result`.
        inner: Box<Recipe>,
        /// Whether it returns an `Option`.
        option: bool,
    },
    /// One item of a tuple, such as the sender of a channel; the others live on beside it.
    Part {
        /// What returns the tuple.
        inner: Box<Recipe>,
        /// A name for each item.
        names: Vec<String>,
        /// Which item is meant.
        index: usize,
    },
    /// A number of values of one type.
    List {
        /// Each element.
        item: Box<Recipe>,
        /// The type of the elements, as text.
        ty: String,
        /// How it is written.
        form: ListForm,
    },
    /// A closure that uses one value chosen beforehand; `{}` in the body stands for it.
    Closure {
        /// Parameters, as text between the bars.
        parameters: String,
        /// The same with their types, which code that is not a direct argument needs.
        typed: String,
        /// The body.
        body: String,
        /// The value.
        value: Box<Recipe>,
        /// Whether the value has to be cloned each time.
        clone: bool,
    },
}

/// A function or method and the ways to name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callee {
    /// Its full path, which works anywhere in the crate: `<crate::Shelf<i32>>::new`.
    pub path: String,
    /// The path that a person would write: `crate::Shelf::<i32>::new`.
    pub shown: String,
    /// Its name, if it can be called with a dot.
    pub method: Option<String>,
    /// The trait that has to be in scope for that, unless it always is.
    pub needs: Option<String>,
    /// Whether the method belongs to a reference, and not to what it refers to.
    pub of_reference: bool,
    /// Whether the type of each parameter is generic, so that an argument has to tell its own.
    pub generic: Vec<bool>,
}

/// A piece of a composed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// A value.
    Part(Recipe),
}

impl Recipe {
    /// Returns an expression without any choice.
    pub fn fixed(text: impl Into<String>) -> Self {
        Self::Fixed(text.into())
    }

    /// Returns `before`, the recipe, and `after` in a row.
    pub fn around(before: impl Into<String>, inner: Self, after: impl Into<String>) -> Self {
        Self::Compose(vec![
            Piece::Text(before.into()),
            Piece::Part(inner),
            Piece::Text(after.into()),
        ])
    }

    /// Returns `open`, the recipes separated by commas, and `close`.
    pub fn list(open: impl Into<String>, parts: Vec<Self>, close: impl Into<String>) -> Self {
        let mut pieces = vec![Piece::Text(open.into())];
        for (index, part) in parts.into_iter().enumerate() {
            if 0 < index {
                pieces.push(Piece::Text(", ".to_owned()));
            }
            pieces.push(Piece::Part(part));
        }
        pieces.push(Piece::Text(close.into()));
        Self::Compose(pieces)
    }

    /// Returns a shared reference to what `inner` makes.
    pub fn borrow(inner: Self) -> Self {
        Self::Borrow { mutable: false, inner: Box::new(inner) }
    }

    /// Returns the recipes directly inside this one, in the order of evaluation.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Leaf(_) | Self::Fixed(_) | Self::Make(_) => Vec::new(),
            Self::Compose(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Part(recipe) => Some(recipe),
                    Piece::Text(_) => None,
                })
                .collect(),
            Self::Call { args, .. } => args.iter().collect(),
            Self::Borrow { inner, .. } | Self::Unwrap { inner, .. } | Self::Part { inner, .. } => {
                vec![inner]
            }
            Self::List { item, .. } => vec![item],
            Self::Closure { value, .. } => vec![value],
        }
    }

    /// Adds the makers that this recipe calls to `makers`.
    pub fn makers(&self, makers: &mut Vec<MakerId>) {
        if let Self::Make(id) = self {
            makers.push(*id);
        }
        for part in self.parts() {
            part.makers(makers);
        }
    }
}

/// One way to make a value of a type.
#[derive(Debug, Clone)]
pub struct Arm {
    /// How.
    pub recipe: Recipe,
    /// Whether rustc still accepts it.
    pub alive: bool,
    /// Whether another arm of the same maker ends sooner.
    pub recursive: bool,
}

/// All ways to make a value of one type, in one module.
#[derive(Debug, Clone)]
pub struct Maker {
    /// The type, as text with `'static` lifetimes.
    pub ty: String,
    /// The ways; those that end soonest come first.
    pub arms: Vec<Arm>,
}

impl Maker {
    /// Returns the arms that are alive, with their positions.
    pub fn alive(&self) -> impl Iterator<Item = (usize, &Arm)> {
        self.arms.iter().enumerate().filter(|(_, arm)| arm.alive)
    }

    /// Returns how many arms are alive, and how many of these are not recursive.
    pub fn counts(&self) -> (usize, usize) {
        let leaves = self.alive().filter(|(_, arm)| !arm.recursive).count();
        (self.alive().count(), leaves)
    }
}
