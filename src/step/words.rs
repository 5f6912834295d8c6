//! Splitting a command into words, as a shell does before it does anything else.

/// Words that mean something to a shell only.
const SHELL_WORDS: [&str; 10] = ["&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>&1"];

/// Splits a command into words: blanks separate, quotes and backslashes keep together.
///
/// Nothing is expanded. Fails with a message at a quote that is never closed.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                quoted(c, &mut chars, word)?;
            }
            '\\' => {
                let next = chars.next().ok_or("the command ends in a backslash")?;
                // A backslash at the end of a line joins it with the next.
                if next != '\n' {
                    word.get_or_insert_default().push(next);
                }
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Adds the text up to the closing quote.
///
/// In double quotes a backslash escapes `"`, `\`, `$` and a backtick.
fn quoted(quote: char, chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    while let Some(c) = chars.next() {
        if c == quote {
            return Ok(());
        }
        if c != '\\' || quote == '\'' {
            word.push(c);
            continue;
        }
        match chars.next() {
            Some('\n') => (),
            Some(next) if matches!(next, '"' | '\\' | '$' | '`') => word.push(next),
            Some(next) => word.extend(['\\', next]),
            None => break,
        }
    }
    Err(format!("a {quote} is never closed"))
}

/// Returns the first word that only a shell would understand.
pub(super) fn shell_word(words: &[String]) -> Option<&str> {
    words
        .iter()
        .map(String::as_str)
        .find(|word| SHELL_WORDS.contains(word) || (1 < word.len() && word.ends_with(';')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(split(text), Ok(expected.iter().map(|word| (*word).to_owned()).collect()));
    }

    #[test]
    fn words_are_split_as_a_shell_would() {
        check("", &[]);
        check("  cargo   test ", &["cargo", "test"]);
        check("a 'b c' \"d \\\"e\\\" \\n\" f\\ g", &["a", "b c", "d \"e\" \\n", "f g"]);
        check("a'b'\"c\"d", &["abcd"]);
        check("a '' \"\"", &["a", "", ""]);
        check("cargo \\\n  test # no comment", &["cargo", "test", "#", "no", "comment"]);
        check("echo $HOME *.rs", &["echo", "$HOME", "*.rs"]);
        assert!(split("a 'b").is_err() && split("a \"b\\").is_err() && split("a\\").is_err());
    }

    #[test]
    fn what_only_a_shell_understands_is_seen() {
        let word =
            |text: &str| split(text).ok().and_then(|words| shell_word(&words).map(str::to_owned));
        assert_eq!(word("mv a done/ && touch b").as_deref(), Some("&&"));
        assert_eq!(word("cd a; ls").as_deref(), Some("a;"));
        assert_eq!(word("grep a;b 'x > y'"), None);
    }
}
