//! Tables for terminals: aligned columns that fit a width, whatever alphabet they hold.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Least width to which a column is cut.
const CUT_MIN: usize = 12;

/// The space between two columns.
const GAP: &str = "  ";

/// How a column stands, and what it gives up when the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Numbers: at the right, never cut.
    Number,
    /// Words: at the left, never cut.
    Word,
    /// Paths: at the left, cut at the start, because the end tells more.
    Path,
    /// Prose: at the left, cut at the end.
    Prose,
}

/// A table in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    columns: Vec<Column>,
    /// The heads, the rows and the sums; `None` is a rule.
    rows: Vec<Option<Vec<String>>>,
}

impl Grid {
    /// Returns a table with these columns, each with its head.
    pub fn new(columns: &[(&str, Column)]) -> Self {
        let heads = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
        Self { columns: columns.iter().map(|(_, kind)| *kind).collect(), rows: vec![Some(heads)] }
    }

    /// Adds a row; missing cells are empty, further ones are dropped.
    pub fn row<I: IntoIterator<Item: Into<String>>>(&mut self, cells: I) {
        let cells = cells.into_iter().map(|cell| clean(&cell.into()));
        let cells = cells.chain(std::iter::repeat(String::new()));
        self.rows.push(Some(cells.take(self.columns.len()).collect()));
    }

    /// Adds a rule, as before a line of sums.
    pub fn rule(&mut self) {
        self.rows.push(None);
    }

    /// Returns the table as lines that are at most `width` wide, if its fixed columns allow.
    pub fn render(&self, width: usize) -> String {
        let widths = self.widths(width);
        let whole = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
        let mut text = String::new();
        for row in &self.rows {
            let line = match row {
                Some(cells) => self.line(cells, &widths),
                None => "─".repeat(whole),
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// One row as a line.
    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let cells = self.columns.iter().zip(cells).zip(widths);
        let cells = cells.map(|((column, cell), width)| {
            let cell = match column {
                Column::Path => cut_start(cell, *width),
                Column::Prose => cut_end(cell, *width),
                Column::Number | Column::Word => cell.clone(),
            };
            let blank = " ".repeat(width.saturating_sub(cell.width()));
            if *column == Column::Number { blank + &cell } else { cell + &blank }
        });
        cells.collect::<Vec<String>>().join(GAP)
    }

    /// The width of every column, the widest flexible one made narrower until all fit.
    fn widths(&self, limit: usize) -> Vec<usize> {
        let cell = |index: usize| {
            self.rows
                .iter()
                .flatten()
                .filter_map(move |row| row.get(index))
                .map(|cell| cell.width())
        };
        let mut widths: Vec<usize> =
            (0..self.columns.len()).map(|index| cell(index).max().unwrap_or(0)).collect();
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        while 0 < excess {
            let flexible = self.columns.iter().zip(widths.iter_mut());
            let flexible = flexible.filter(|(column, width)| {
                matches!(column, Column::Path | Column::Prose) && CUT_MIN < **width
            });
            let Some((_, widest)) = flexible.max_by_key(|(_, width)| **width) else { break };
            *widest -= 1;
            excess -= 1;
        }
        widths
    }
}

/// The end of `text` that is at most `width` wide, with an ellipsis before it.
fn cut_start(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept: Vec<char> = fitting(text.chars().rev(), width);
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

/// The start of `text` that is at most `width` wide, with an ellipsis behind it.
fn cut_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    fitting(text.chars(), width).into_iter().chain(std::iter::once('…')).collect()
}

/// As many characters as leave room for an ellipsis in `width`.
fn fitting(chars: impl Iterator<Item = char>, width: usize) -> Vec<char> {
    let mut left = width.saturating_sub(1);
    let mut fits = |c: &char| {
        let wide = c.width().unwrap_or(0);
        let fits = wide <= left;
        left = left.saturating_sub(wide);
        fits
    };
    chars.take_while(|c| fits(c)).collect()
}

/// `text` on one line and without what could steer a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&[
            ("file", Column::Path),
            ("lines", Column::Number),
            ("uncovered", Column::Prose),
        ]);
        grid.row(["src/a.rs", "7.1 %", "3-5"]);
        grid.row(["src/größe/漢字.rs", "100.0 %", ""]);
        grid.rule();
        grid.row(["total", "50.0 %"]);
        grid
    }

    #[test]
    fn columns_line_up_in_any_alphabet() {
        let expected = "\
file                 lines  uncovered
src/a.rs             7.1 %  3-5
src/größe/漢字.rs  100.0 %
─────────────────────────────────────
total               50.0 %
";
        assert_eq!(grid().render(80), expected);
    }

    #[test]
    fn a_narrow_table_keeps_the_end_of_paths_and_the_start_of_prose() {
        let mut grid = grid();
        let path = "src/a/very/long/way/down/to/the/file.rs";
        grid.row([path, "1.0 %", "1-2, 4-5, 7-8, 10-11, 13-14, 16-17, 19-20"]);
        let text = grid.render(50);
        assert!(text.lines().all(|line| line.width() <= 50), "{text}");
        assert!(text.contains("…down/to/the/file.rs    1.0 %  1-2, 4-5, 7-8, 10-…"), "{text}");
    }

    #[test]
    fn a_cell_stays_on_its_line() {
        let mut grid = Grid::new(&[("a", Column::Word)]);
        grid.row(["x\ny\u{1b}[2J"]);
        assert_eq!(grid.render(80), "a\nx y [2J\n");
    }
}
