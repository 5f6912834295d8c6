//! Values as literals of Rust source.

use std::fmt::Write as _;

use crate::explore::code::limits;

/// Longest text or byte string that is written out, in bytes; longer ones have to repeat.
pub const LITERAL_MAX: usize = 400;

/// Texts from this length on are written as a repetition where they are one.
const REPEAT_MIN: usize = 24;

/// Returns a string literal.
pub fn text(value: &str) -> String {
    let mut literal = String::from("\"");
    for c in value.chars() {
        match c {
            '\'' => literal.push(c),
            c => push_char(&mut literal, c),
        }
    }
    literal.push('"');
    literal
}

/// Returns an expression for a text of type `&str`; `None` if it is too long to be read.
pub fn text_expression(value: &str) -> Option<String> {
    if REPEAT_MIN <= value.len()
        && let Some((unit, times)) = repetition(value)
    {
        return Some(format!("&{}.repeat({times})", text(unit)));
    }
    (value.len() <= LITERAL_MAX).then(|| text(value))
}

/// Returns a char literal.
pub fn character(value: char) -> String {
    let mut literal = String::from("'");
    match value {
        '"' => literal.push(value),
        value => push_char(&mut literal, value),
    }
    literal.push('\'');
    literal
}

/// Adds a char as it stands in a string literal; what cannot be seen is escaped.
fn push_char(literal: &mut String, c: char) {
    let visible = c == ' ' || (!c.is_control() && !c.is_whitespace() && !is_invisible(c));
    if c.is_ascii() || !visible {
        match c {
            '\0' => literal.push_str("\\0"),
            c if c.is_control() && !"\n\r\t".contains(c) || !c.is_ascii() => {
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(c));
            }
            c => literal.extend(c.escape_default()),
        }
    } else {
        literal.push(c);
    }
}

/// Whether a char beyond ASCII joins others, changes the direction, or shows nothing.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x300..=0x36f | 0x600..=0x605 | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        | 0xd800..=0xf8ff | 0xfe00..=0xfe0f | 0xfeff | 0xfff0..=0xffff | 0xe0000..=0x10_ffff)
}

/// Returns an expression for bytes; `slice` asks for the type `&[u8]`, else an array reference
/// will do. `None` if they are too many to be read.
pub fn bytes(value: &[u8], slice: bool) -> Option<String> {
    let tail = if slice { ".as_slice()" } else { "" };
    let first = value.first().copied().unwrap_or_default();
    if REPEAT_MIN <= value.len() && value.iter().all(|byte| *byte == first) {
        let array = format!("[{first}; {}]", value.len());
        return Some(if slice { format!("{array}{tail}") } else { format!("&{array}") });
    }
    if LITERAL_MAX < value.len() {
        return None;
    }
    let readable = |byte: &&u8| byte.is_ascii_graphic() || b" \n\r\t".contains(byte);
    if value.len() <= 2 * value.iter().filter(readable).count() {
        let escaped: String =
            value.iter().map(|byte| byte.escape_ascii().to_string().replace("\\'", "'")).collect();
        return Some(format!("b\"{escaped}\"{tail}"));
    }
    let numbers: Vec<String> = value.iter().map(u8::to_string).collect();
    let list = numbers.join(", ");
    Some(if slice { format!("[{list}]{tail}") } else { format!("&[{list}]") })
}

/// Returns an integer literal; the limits of its type are written by name.
pub fn integer(value: i128, ty: &str, suffix: bool) -> String {
    let (low, high) = limits(ty);
    if value == high && !["u8", "i8", "u128"].contains(&ty) {
        return format!("{ty}::MAX");
    }
    if value == low && value < 0 && ty != "i8" {
        return format!("{ty}::MIN");
    }
    let mut digits = grouped(value.unsigned_abs());
    if suffix {
        let _ = write!(digits, "_{ty}");
    }
    if value < 0 { format!("-{digits}") } else { digits }
}

/// Digits in groups of three, from five digits on.
fn grouped(value: u128) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns a float expression.
pub fn float(value: f64, ty: &str, suffix: bool) -> String {
    let name = if value.is_nan() {
        "NAN"
    } else if value == f64::INFINITY {
        "INFINITY"
    } else if value == f64::NEG_INFINITY {
        "NEG_INFINITY"
    } else if ty == "f32" && (f64::from(f32::MAX) < value.abs()) {
        if value < 0.0 { "NEG_INFINITY" } else { "INFINITY" }
    } else {
        let mut digits = format!("{value:?}");
        if suffix {
            let _ = write!(digits, "_{ty}");
        }
        return digits;
    };
    format!("{ty}::{name}")
}

/// The shortest unit of which a text is a repetition, and how often.
fn repetition(value: &str) -> Option<(&str, usize)> {
    (1..=8.min(value.len() / 4)).find_map(|length| {
        let unit = value.get(..length)?;
        let times = value.len() / length;
        (times * length == value.len() && unit.repeat(times) == value).then_some((unit, times))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(text("a\"b\\\n\u{7f}é\u{200b}'"), r#""a\"b\\\n\u{7f}é\u{200b}'""#);
        assert_eq!(character('\''), r"'\''");
        assert_eq!(character('"'), "'\"'");
    }

    #[test]
    fn long_texts_are_written_as_repetitions() {
        assert_eq!(text_expression(&"ab".repeat(40)).as_deref(), Some("&\"ab\".repeat(40)"));
        assert_eq!(bytes(&[0; 64], false).as_deref(), Some("&[0; 64]"));
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(integer(i128::from(u64::MAX), "u64", false), "u64::MAX");
        assert_eq!(integer(-70_000, "i32", true), "-70_000_i32");
        assert_eq!(float(-0.5, "f32", false), "-0.5");
        assert_eq!(float(f64::NAN, "f64", true), "f64::NAN");
    }

    #[test]
    fn bytes_are_text_where_that_reads_better() {
        assert_eq!(bytes(b"a=1\n\xff", true).as_deref(), Some("b\"a=1\\n\\xff\".as_slice()"));
        assert_eq!(bytes(&[1, 2], false).as_deref(), Some("&[1, 2]"));
    }
}
