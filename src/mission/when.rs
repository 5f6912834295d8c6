//! Conditions: `steps.a.status == "failed" and params.x > 3`.

use serde_json::Value as Json;

use super::problem::Span;
use super::reference::Reference;

/// Deepest nesting of a condition.
const DEPTH_MAX: usize = 32;

/// Most words of a condition.
const WORDS_MAX: usize = 500;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// A value as it stands.
    Literal(Json),
    /// What a reference leads to.
    Reference(Reference),
    /// The opposite.
    Not(Box<Self>),
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
    /// A comparison.
    Compare(Operator, Box<Self>, Box<Self>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Why a text is no condition, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the text that are wrong.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

impl Condition {
    /// Reads a condition.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, end: text.len(), depth: 0 };
        let condition = parser.either()?;
        match parser.peek() {
            None => Ok(condition),
            Some((token, span)) => {
                Err(Fault { span, message: format!("`{}` is not expected here", token.shown()) })
            }
        }
    }

    /// Returns the references in it.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Reference(reference) => vec![reference],
            Self::Not(inner) => inner.references(),
            Self::And(left, right) | Self::Or(left, right) | Self::Compare(_, left, right) => {
                let mut references = left.references();
                references.extend(right.references());
                references
            }
        }
    }

    /// Returns whether it holds, given what references lead to.
    ///
    /// Fails with a message if it is not true or false, compares what has no order, or if a
    /// reference leads nowhere.
    pub fn holds(&self, lookup: &dyn Fn(&Reference) -> Option<Json>) -> Result<bool, String> {
        match self.value(lookup)? {
            Json::Bool(flag) => Ok(flag),
            other => Err(format!("the condition is {other}, neither true nor false")),
        }
    }

    /// Its value.
    fn value(&self, lookup: &dyn Fn(&Reference) -> Option<Json>) -> Result<Json, String> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Reference(reference) => {
                lookup(reference).ok_or_else(|| format!("`{reference}` has no value"))?
            }
            Self::Not(inner) => (!inner.holds(lookup)?).into(),
            Self::And(left, right) => (left.holds(lookup)? && right.holds(lookup)?).into(),
            Self::Or(left, right) => (left.holds(lookup)? || right.holds(lookup)?).into(),
            Self::Compare(operator, left, right) => {
                compare(*operator, &left.value(lookup)?, &right.value(lookup)?)?.into()
            }
        })
    }
}

/// Compares two values; numbers and texts have an order, other values are only equal or not.
fn compare(operator: Operator, left: &Json, right: &Json) -> Result<bool, String> {
    let order = match (left, right) {
        (Json::Number(a), Json::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (Json::String(a), Json::String(b)) => Some(a.cmp(b)),
        _ => None,
    };
    let equal = order.map_or(left == right, std::cmp::Ordering::is_eq);
    let ordered = || order.ok_or_else(|| format!("{left} and {right} have no order"));
    Ok(match operator {
        Operator::Equal => equal,
        Operator::NotEqual => !equal,
        Operator::Less => ordered()?.is_lt(),
        Operator::LessOrEqual => ordered()?.is_le(),
        Operator::Greater => ordered()?.is_gt(),
        Operator::GreaterOrEqual => ordered()?.is_ge(),
    })
}

/// A word of a condition.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Not,
    And,
    Or,
    Operator(Operator),
    Literal(Json),
    Reference(Reference),
}

impl Token {
    /// The token as a person wrote it, more or less.
    fn shown(&self) -> String {
        match self {
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::Not => "not".to_owned(),
            Self::And => "and".to_owned(),
            Self::Or => "or".to_owned(),
            Self::Operator(operator) => {
                let known = OPERATORS.iter().find(|(_, known)| known == operator);
                known.map_or_else(String::new, |(text, _)| (*text).to_owned())
            }
            Self::Literal(value) => value.to_string(),
            Self::Reference(reference) => reference.to_string(),
        }
    }
}

/// The operators; a longer one stands before the one it begins with.
const OPERATORS: &[(&str, Operator)] = &[
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// What people write who think in other languages, and what it is here.
const FOREIGN: &[(&str, &str)] = &[("&&", "and"), ("||", "or"), ("!", "not"), ("=", "==")];

/// Splits a condition into words; `{{` and `}}` around a reference are allowed and mean nothing.
fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = rest.len() - rest.trim_start().len();
        if 0 < skipped {
            at += skipped;
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            at += 2;
        } else {
            let (token, length) = token(rest).map_err(|(message, length)| Fault {
                span: Span { start: at, end: at + length },
                message,
            })?;
            let span = Span { start: at, end: at + length };
            if WORDS_MAX <= tokens.len() {
                return Err(Fault { span, message: "the condition is too long".to_owned() });
            }
            tokens.push((token, span));
            at += length;
        }
    }
    Ok(tokens)
}

/// The word at the start of `rest`, which is not empty, and its length.
fn token(rest: &str) -> Result<(Token, usize), (String, usize)> {
    if rest.starts_with('(') {
        return Ok((Token::Open, 1));
    }
    if rest.starts_with(')') {
        return Ok((Token::Close, 1));
    }
    if let Some((text, operator)) = OPERATORS.iter().find(|(text, _)| rest.starts_with(text)) {
        return Ok((Token::Operator(*operator), text.len()));
    }
    if let Some((foreign, ours)) = FOREIGN.iter().find(|(foreign, _)| rest.starts_with(foreign)) {
        return Err((format!("`{foreign}` is written `{ours}` here"), foreign.len()));
    }
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inside = rest.get(1..).unwrap_or_default();
        let length = inside.find(quote).ok_or(("the text has no end".to_owned(), rest.len()))?;
        let literal = inside.get(..length).unwrap_or_default();
        return Ok((Token::Literal(literal.into()), length + 2));
    }
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+');
    let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
    let word = rest.get(..length).unwrap_or_default();
    let token = match word {
        "not" => Token::Not,
        "and" => Token::And,
        "or" => Token::Or,
        "true" => Token::Literal(true.into()),
        "false" => Token::Literal(false.into()),
        "null" => Token::Literal(Json::Null),
        _ => match (Reference::parse(word), serde_json::from_str::<serde_json::Number>(word)) {
            (Some(reference), _) => Token::Reference(reference),
            (None, Ok(number)) => Token::Literal(number.into()),
            (None, Err(_)) => {
                let length = if word.is_empty() {
                    rest.chars().next().map_or(1, char::len_utf8)
                } else {
                    word.len()
                };
                let shown = rest.get(..length).unwrap_or_default().escape_debug().to_string();
                return Err((format!("`{shown}` is no value: texts stand in quotes"), length));
            }
        },
    };
    Ok((token, length))
}

/// Reads a condition from its words.
struct Parser<'a> {
    tokens: &'a [(Token, Span)],
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<(&Token, Span)> {
        self.tokens.first().map(|(token, span)| (token, *span))
    }

    /// Takes the next word if it is this one.
    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek().is_some_and(|(token, _)| token == wanted);
        if found {
            self.tokens = self.tokens.get(1..).unwrap_or_default();
        }
        found
    }

    fn either(&mut self) -> Result<Condition, Fault> {
        let mut left = self.both()?;
        while self.take(&Token::Or) {
            left = Condition::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Condition, Fault> {
        let mut left = self.negation()?;
        while self.take(&Token::And) {
            left = Condition::And(Box::new(left), Box::new(self.negation()?));
        }
        Ok(left)
    }

    fn negation(&mut self) -> Result<Condition, Fault> {
        if !self.take(&Token::Not) {
            return self.comparison();
        }
        self.deeper()?;
        let inner = self.negation()?;
        self.depth -= 1;
        Ok(Condition::Not(Box::new(inner)))
    }

    fn comparison(&mut self) -> Result<Condition, Fault> {
        let left = self.operand()?;
        let Some((Token::Operator(operator), _)) = self.peek() else { return Ok(left) };
        let operator = *operator;
        self.take(&Token::Operator(operator));
        Ok(Condition::Compare(operator, Box::new(left), Box::new(self.operand()?)))
    }

    fn operand(&mut self) -> Result<Condition, Fault> {
        let Some((token, span)) = self.peek() else {
            let span = Span { start: self.end, end: self.end };
            return Err(Fault { span, message: "the condition ends too early".to_owned() });
        };
        let condition = match token {
            Token::Literal(value) => Condition::Literal(value.clone()),
            Token::Reference(reference) => Condition::Reference(reference.clone()),
            Token::Open => {
                self.take(&Token::Open);
                self.deeper()?;
                let inner = self.either()?;
                self.depth -= 1;
                if !self.take(&Token::Close) {
                    return Err(Fault { span, message: "this `(` is never closed".to_owned() });
                }
                return Ok(inner);
            }
            other => {
                let message = format!("a value was expected, not `{}`", other.shown());
                return Err(Fault { span, message });
            }
        };
        self.tokens = self.tokens.get(1..).unwrap_or_default();
        Ok(condition)
    }

    /// Goes one level deeper, up to a limit.
    fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth <= DEPTH_MAX {
            return Ok(());
        }
        let span = self.peek().map_or(Span::default(), |(_, span)| span);
        Err(Fault { span, message: "the condition is nested too deeply".to_owned() })
    }
}
