//! Trait methods as people write them: operators, formatting, parsing.

use crate::explore::target::candidate::Access;

/// How a trait method is exercised.
#[derive(Debug, Clone)]
pub struct Special {
    /// The expressions, in which `{0}`, `{1}` stand for the places of the operands.
    pub forms: Vec<String>,
    /// How the operands are handed over.
    pub access: Vec<Access>,
    /// What the expressions return, where it differs from the method.
    pub output: Output,
}

/// What an expression returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// The same as the method.
    Same,
    /// A `String`.
    Text,
    /// A `bool`.
    Truth,
    /// Nothing.
    Nothing,
}

/// What is to be done with a trait method.
#[derive(Debug, Clone)]
pub enum Treatment {
    /// It is called by name.
    Call,
    /// It is written in its own way.
    Special(Special),
    /// It is left to other candidates, which use it anyway.
    Leave,
}

/// Returns how the method `method` of the trait `name` is exercised; `is_std` tells whether the
/// trait is of the standard library, `ty` is the type it is implemented for.
pub fn treatment(name: &str, method: &str, is_std: bool, ty: &str) -> Treatment {
    if !is_std {
        return Treatment::Call;
    }
    let shared = |count: usize| vec![Access::Shared; count];
    let special = |forms: Vec<String>, access: Vec<Access>, output: Output| {
        Treatment::Special(Special { forms, access, output })
    };
    let one = |form: &str| vec![form.to_owned()];
    let spec = |letter: &str| {
        let specs = ["", ">12", "<12", "^11", "08", "+", "#", ".2", "*>20"];
        let specs = specs.iter().filter(|spec| !(letter == "?" && spec.contains('*')));
        let form = |spec: &&str| match (*spec, letter) {
            ("", "") => "::std::string::ToString::to_string(&{0})".to_owned(),
            (spec, letter) => {
                let colon = if spec.is_empty() && letter.is_empty() { "" } else { ":" };
                format!("::std::format!(\"{{{{{colon}{spec}{letter}}}}}\", {{0}})")
            }
        };
        specs.map(form).collect::<Vec<_>>()
    };
    match (name, method) {
        ("Display", "fmt") => special(spec(""), shared(1), Output::Text),
        ("Debug", "fmt") => special(spec("?"), shared(1), Output::Text),
        ("LowerHex", "fmt") => special(spec("x"), shared(1), Output::Text),
        ("UpperHex", "fmt") => special(spec("X"), shared(1), Output::Text),
        ("Binary", "fmt") => special(spec("b"), shared(1), Output::Text),
        ("Octal", "fmt") => special(spec("o"), shared(1), Output::Text),
        ("LowerExp", "fmt") => special(spec("e"), shared(1), Output::Text),
        ("UpperExp", "fmt") => special(spec("E"), shared(1), Output::Text),
        ("FromStr", "from_str") => {
            special(one(&format!("{{0}}.parse::<{ty}>()")), vec![Access::Value], Output::Same)
        }
        ("PartialEq", "eq") => special(one("{0} == {1}"), shared(2), Output::Truth),
        ("PartialEq", "ne") => special(one("{0} != {1}"), shared(2), Output::Truth),
        ("Neg", _) => special(one("-{0}"), vec![Access::Value], Output::Same),
        ("Not", _) => special(one("!{0}"), vec![Access::Value], Output::Same),
        ("Deref", _) => special(one("&*{0}"), shared(1), Output::Same),
        ("Index", _) => {
            special(one("&{0}[{1}]"), vec![Access::Shared, Access::Value], Output::Same)
        }
        ("Hash", "hash") => {
            let hash = "::std::hash::BuildHasher::hash_one(&::std::hash::BuildHasherDefault::\
                        <::std::hash::DefaultHasher>::default(), &{0})";
            special(vec![format!("{hash} == {hash}")], shared(1), Output::Truth)
        }
        ("Drop", _) => Treatment::Leave,
        _ => match operator(name) {
            Some(sign) if name.ends_with("Assign") => special(
                vec![format!("{{0}} {sign} {{1}}")],
                vec![Access::Exclusive, Access::Value],
                Output::Nothing,
            ),
            Some(sign) => special(
                vec![format!("{{0}} {sign} {{1}}")],
                vec![Access::Value, Access::Value],
                Output::Same,
            ),
            None => Treatment::Call,
        },
    }
}

/// The sign of a binary operator trait.
fn operator(name: &str) -> Option<&'static str> {
    Some(match name {
        "Add" => "+",
        "Sub" => "-",
        "Mul" => "*",
        "Div" => "/",
        "Rem" => "%",
        "BitAnd" => "&",
        "BitOr" => "|",
        "BitXor" => "^",
        "Shl" => "<<",
        "Shr" => ">>",
        "AddAssign" => "+=",
        "SubAssign" => "-=",
        "MulAssign" => "*=",
        "DivAssign" => "/=",
        "RemAssign" => "%=",
        "BitAndAssign" => "&=",
        "BitOrAssign" => "|=",
        "BitXorAssign" => "^=",
        "ShlAssign" => "<<=",
        "ShrAssign" => ">>=",
        _ => return None,
    })
}
