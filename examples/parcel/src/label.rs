//! Plain text: columns, labels and receipts.

use std::error::Error;
use std::fmt;

use crate::shipment::{Quote, Shipment};

/// Where text goes in a column that is wider than the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle, or one place left of it.
    Center,
    /// At the right edge.
    Right,
}

/// Shortens text to `width` characters. If something is cut off, the last
/// character becomes an ellipsis.
pub fn truncate(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    match width {
        0 => String::new(),
        _ => text.chars().take(width - 1).chain(['…']).collect(),
    }
}

/// Fits text into a column: long text is shortened, short text is padded.
///
/// # Panics
///
/// Panics if `width` is more than [`u16::MAX`].
pub fn fit(text: &str, width: usize, align: Align) -> String {
    let text = truncate(text, width);
    match align {
        Align::Left => format!("{text:<width$}"),
        Align::Center => format!("{text:^width$}"),
        Align::Right => format!("{text:>width$}"),
    }
}

/// Breaks text into lines of at most `width` characters. Lines break between
/// words; a word that is longer than a line is cut into pieces.
///
/// # Panics
///
/// Panics if `width` is zero.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    assert!(width > 0, "cannot wrap text to a width of zero");
    let mut lines = Vec::new();
    let mut line = String::new();
    for mut word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        while word.chars().count() > width {
            let (head, tail) = split_at_char(word, width);
            lines.push(head.to_owned());
            word = tail;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Splits text after `count` characters.
fn split_at_char(text: &str, count: usize) -> (&str, &str) {
    let middle = text.char_indices().nth(count).map_or(text.len(), |(index, _)| index);
    text.split_at(middle)
}

/// Writes a weight in grams or, from one kilogram on, in kilograms.
pub fn format_weight(grams: u32) -> String {
    if grams < 1_000 {
        return format!("{grams} g");
    }
    let tenths = grams.div_ceil(100);
    format!("{}.{} kg", tenths / 10, tenths % 10)
}

/// The form of a shipping label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelLayout {
    width: usize,
}

/// The width of a label is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WidthError(pub usize);

impl LabelLayout {
    /// The least width of a label in characters.
    pub const MIN_WIDTH: usize = 24;
    /// The greatest width of a label in characters.
    pub const MAX_WIDTH: usize = 80;

    /// Makes a layout for labels that are `width` characters wide.
    ///
    /// # Errors
    ///
    /// Returns an error if the width is not between [`Self::MIN_WIDTH`] and
    /// [`Self::MAX_WIDTH`].
    pub const fn new(width: usize) -> Result<Self, WidthError> {
        if width < Self::MIN_WIDTH || width > Self::MAX_WIDTH {
            return Err(WidthError(width));
        }
        Ok(Self { width })
    }

    /// Renders the label of a shipment, with a newline after each line.
    pub fn render(&self, shipment: &Shipment) -> String {
        let mut out = String::new();
        self.push_rule(&mut out, '=');
        let sender = shipment.sender().lines().join(", ");
        for line in wrap(&format!("From: {sender}"), self.inner_width()) {
            self.push_line(&mut out, &line, Align::Left);
        }
        self.push_rule(&mut out, '-');
        for line in shipment.recipient().lines() {
            self.push_line(&mut out, &line, Align::Left);
        }
        if shipment.is_international() {
            let country = shipment.recipient().country().code();
            self.push_line(&mut out, &format!("({country})"), Align::Right);
        }
        self.push_rule(&mut out, '-');
        let service = shipment.service();
        let weight = format_weight(shipment.weight_grams());
        self.push_line(&mut out, &format!("{service}, {weight}"), Align::Left);
        self.push_line(&mut out, &shipment.tracking_number(), Align::Center);
        self.push_rule(&mut out, '=');
        out
    }

    /// Renders a receipt with one line for each item of a quote and the total.
    pub fn render_quote(&self, quote: &Quote) -> String {
        let mut out = String::new();
        let total = ("Total", quote.total());
        for (item, amount) in quote.items().iter().chain([&total]) {
            let amount = fit(&amount.to_string(), 10, Align::Right);
            let item = fit(item, self.inner_width() - 10, Align::Left);
            self.push_line(&mut out, &(item + &amount), Align::Left);
        }
        out
    }

    const fn inner_width(&self) -> usize {
        self.width - 4
    }

    fn push_rule(&self, out: &mut String, fill: char) {
        out.push('+');
        out.extend(std::iter::repeat_n(fill, self.width - 2));
        out.push_str("+\n");
    }

    fn push_line(&self, out: &mut String, text: &str, align: Align) {
        let text = fit(text, self.inner_width(), align);
        out.extend(["| ", &text, " |\n"]);
    }
}

impl fmt::Display for WidthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = if self.0 < LabelLayout::MIN_WIDTH { "narrow" } else { "wide" };
        write!(f, "a label with a width of {} is too {bound}", self.0)
    }
}

impl Error for WidthError {}
