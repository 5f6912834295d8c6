//! What archiving appends to a mission: the block `result:`.

/// Returns the text of a mission without the block `result:` at its end, which archiving appended.
pub fn without_result(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(at) = lines.iter().rposition(|line| line.starts_with("result:")) else {
        return text.to_owned();
    };
    let block = lines.iter().skip(at + 1);
    let appended = block.clone().all(|line| line.starts_with([' ', '#']) || line.trim().is_empty());
    if !appended {
        return text.to_owned();
    }
    let kept: String = lines.into_iter().take(at).collect();
    format!("{}\n", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_goes_and_the_comments_stay() {
        let text = "# mine\nname: x # why\nsteps: []\n\nresult:\n  status: completed\n  tests: 3\n";
        assert_eq!(without_result(text), "# mine\nname: x # why\nsteps: []\n");
    }

    #[test]
    fn a_text_without_a_result_stays_as_it_is() {
        for text in ["name: x\n", "result: 1\nname: x\n", ""] {
            assert_eq!(without_result(text), text);
        }
    }
}
