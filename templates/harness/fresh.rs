//! New values for one choice: suggested by the source, by other choices, or general.

use crate::choice::Choice;
use crate::picks::Style;
use crate::random::Random;

/// Lengths at which programs change their mind.
const LENGTHS: [usize; 26] = [
    7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 80, 127, 128, 129, 255, 256, 257, 300, 1000, 1024,
    4096, 16383, 16384, 65536,
];

/// Texts that many parsers have an opinion about.
const SAMPLES: [&str; 32] = [
    "a",
    "Hello, World",
    "foo bar",
    "fooBarBaz",
    "FOO_BAR",
    "foo-bar",
    "x1",
    "123",
    "-1",
    "0",
    "1.2.3",
    "1e5",
    "0x1F",
    "true",
    "null",
    "héllo wörld",
    "世界 test",
    "a b c d e f g",
    "--",
    "\"q\"",
    "'s'",
    "  lead",
    "trail  ",
    "line1\nline2\n",
    "a\tb",
    "key=value",
    "{\"a\":1}",
    "[1,2]",
    "http://a.b/c?d=e#f",
    "/a/b.c",
    "user@example.com",
    "2024-02-29T12:34:56Z",
];

/// Separators between joined texts.
const JOINTS: [&str; 12] = ["", "", " ", "-", ".", ",", "/", ":", "=", "\n", "_", "; "];

/// Characters that programs forget.
const ODD: [char; 20] = [
    'é', '世', 'ß', '\u{200d}', '🎉', '\0', '\n', '\t', '"', '\'', '\\', '\u{7f}', 'İ', '\u{301}',
    '\u{1b}', '\r', 'ñ', 'Σ', '\u{a0}', '\u{feff}',
];

const FLOATS: [f64; 20] = [
    0.0, 1.0, -1.0, 0.5, -0.5, 0.1, 2.0, 3.14, 10.0, 100.0, 1e9, 1e-9, 123456.789, -0.0, 1e300,
    1024.0, 999.9, 0.999, 1e16, -273.15,
];

/// Draws new values.
pub struct Fresh<'a> {
    pub random: &'a mut Random,
    pub style: &'static Style,
    /// The choices made before in the same execution.
    pub earlier: &'a [Choice],
}

impl Fresh<'_> {
    /// Returns a new text.
    pub fn text(&mut self) -> String {
        if self.style.simplest {
            return String::new();
        }
        let text = match self.random.below(26) {
            0 => String::new(),
            1..=10 => self.word(),
            11 | 12 => {
                let joint = self.random.pick(&JOINTS).copied().unwrap_or_default();
                format!("{}{joint}{}", self.word(), self.word())
            }
            13 => {
                let count = 2 + self.random.below(5);
                let joint = self.random.pick(&JOINTS).copied().unwrap_or_default();
                (0..count).map(|_| self.word()).collect::<Vec<_>>().join(joint)
            }
            14 => self.int(i128::from(i64::MIN), i128::from(u64::MAX)).to_string(),
            15 | 16 => (*self.random.pick(&SAMPLES).unwrap_or(&"a")).to_owned(),
            17 => {
                let unit = if self.random.once_in(3) { self.word() } else { self.char().into() };
                let length = self.length();
                if unit.is_empty() || 40 < unit.len() {
                    unit
                } else {
                    unit.repeat(length.min(self.style.length_max).div_ceil(unit.len()))
                }
            }
            18 | 19 => self.related_text().unwrap_or_else(|| self.word()),
            _ => (0..self.random.below(10)).map(|_| self.char()).collect(),
        };
        self.shortened(text)
    }

    /// Returns a new byte string.
    pub fn bytes(&mut self) -> Vec<u8> {
        if self.style.simplest {
            return Vec::new();
        }
        let mut bytes = match self.random.below(12) {
            0 => Vec::new(),
            1..=3 => self.text().into_bytes(),
            4 | 5 => match self.style.tiers.bytes(self.random) {
                Some(bytes) => bytes.clone(),
                None => self.word().into_bytes(),
            },
            6 => vec![self.byte(); self.random.below(70)],
            7 => (0..self.random.below(300)).map(|index| index as u8).collect(),
            8 => vec![self.byte(); self.length().min(self.style.length_max)],
            _ => (0..self.random.below(40)).map(|_| self.byte()).collect(),
        };
        bytes.truncate(self.style.length_max);
        bytes
    }

    /// Returns a new number from `low` to `high`.
    pub fn int(&mut self, low: i128, high: i128) -> i128 {
        let simplest = 0.clamp(low, high);
        if self.style.simplest {
            return simplest;
        }
        for _ in 0..20 {
            let int = self.any_int(low, high);
            if (low..=high).contains(&int) {
                return int;
            }
        }
        let span = high.wrapping_sub(low) as u128;
        let offset = match span.checked_add(1) {
            Some(count) => u128::from(self.random.next()) % count,
            None => u128::from(self.random.next()),
        };
        low.wrapping_add(offset as i128)
    }

    fn any_int(&mut self, low: i128, high: i128) -> i128 {
        match self.random.below(14) {
            0 => low,
            1 => high,
            2 => self.random.below(4) as i128,
            3..=5 => self.suggested_int(),
            6 => (1_i128 << self.random.below(65)) + self.nudge(),
            7 => 10_i128.pow(self.random.below(20) as u32) + self.nudge(),
            8 => -(self.random.below(300) as i128),
            9 => self.random.below(20) as i128,
            10 => self.random.below(300) as i128,
            11 | 12 => self.related_int().unwrap_or(1),
            _ => i128::from(self.random.next() as i64) >> self.random.below(63),
        }
    }

    /// Returns a new length, index or count.
    pub fn size(&mut self) -> u64 {
        if self.style.simplest {
            return 0;
        }
        let room = self.style.length_max as u64;
        let size = match self.random.below(48) {
            0..=23 => self.random.below(6) as u64,
            24..=31 => self.random.below(20) as u64,
            32..=35 => self.random.below(100) as u64,
            36 | 37 => self.length() as u64,
            38..=43 => u64::try_from(self.related_int().unwrap_or(2)).unwrap_or(0),
            44..=46 => u64::try_from(self.suggested_int()).unwrap_or(3),
            _ => return u64::MAX - self.random.below(2) as u64,
        };
        if size <= room.max(100) { size } else { size % room.max(100) }
    }

    /// Returns a new character.
    pub fn char(&mut self) -> char {
        if self.style.simplest {
            return 'a';
        }
        match self.random.below(10) {
            0..=4 => match self.style.tiers.char(self.random) {
                Some(c) => c,
                None => self.ascii(),
            },
            5 => self.random.pick(&ODD).copied().unwrap_or('é'),
            _ => self.ascii(),
        }
    }

    /// Returns a new float.
    pub fn float(&mut self) -> f64 {
        if self.style.simplest {
            return 0.0;
        }
        match self.random.below(40) {
            0..=15 => self.random.pick(&FLOATS).copied().unwrap_or(1.0),
            16..=24 => match self.style.tiers.float(self.random) {
                Some(float) => float + if self.random.once_in(4) { 0.5 } else { 0.0 },
                None => self.random.below(100) as f64,
            },
            25..=36 => self.int(-1_000_000, 1_000_000) as f64 / 8.0,
            37 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][self.random.below(3)],
            38 => [f64::MIN, f64::MAX, f64::EPSILON, f64::MIN_POSITIVE][self.random.below(4)],
            _ => self.related_int().unwrap_or(7) as f64,
        }
    }

    /// Returns yes or no.
    pub fn flag(&mut self) -> bool {
        !self.style.simplest && self.random.once_in(2)
    }

    /// Returns one of `arms`; the deeper, the rather one of `leaves`.
    pub fn arm(&mut self, (arms, leaves): (u32, u32), (depth, depth_max): (u32, u32)) -> u32 {
        if self.style.simplest {
            return 0;
        }
        let near = self.random.below(depth_max.max(1) as usize) < depth as usize;
        let arms = if near && 0 < leaves { leaves.min(arms) } else { arms };
        self.random.below(arms as usize) as u32
    }

    /// Returns how many, at most `max`.
    pub fn count(&mut self, max: u32) -> u32 {
        if self.style.simplest {
            return 0;
        }
        let count = match self.random.below(16) {
            0..=11 => self.random.below(4),
            12..=14 => self.random.below(9),
            _ => self.random.below(max.min(64) as usize + 1),
        };
        max.min(count as u32)
    }

    /// A suggested text, or a common one.
    fn word(&mut self) -> String {
        match self.style.tiers.text(self.random) {
            Some(text) => text.clone(),
            None => (*self.random.pick(&SAMPLES).unwrap_or(&"a")).to_owned(),
        }
    }

    /// A text of an earlier choice, or a part of one.
    fn related_text(&mut self) -> Option<String> {
        let texts: Vec<&String> = self
            .earlier
            .iter()
            .filter_map(|choice| if let Choice::Text(text) = choice { Some(text) } else { None })
            .collect();
        let text = (*self.random.pick(&texts)?).clone();
        let chars: Vec<char> = text.chars().collect();
        let cut = self.random.below(chars.len() + 1);
        Some(match self.random.below(5) {
            0 => chars.iter().take(cut).collect(),
            1 => chars.iter().skip(cut).collect(),
            2 => {
                let added = self.char();
                chars.iter().copied().chain([added]).collect()
            }
            _ => text,
        })
    }

    /// A number that an earlier choice suggests: itself, a length, a number within a text.
    pub fn related_int(&mut self) -> Option<i128> {
        let mut numbers = Vec::new();
        for choice in self.earlier {
            match choice {
                Choice::Int(int) => numbers.push(*int),
                Choice::Size(size) => numbers.push(i128::from(*size)),
                Choice::Count(count) => numbers.push(i128::from(*count)),
                Choice::Bytes(bytes) => numbers.push(bytes.len() as i128),
                Choice::Text(text) => {
                    numbers.push(text.len() as i128);
                    numbers.extend(digits(text));
                }
                _ => (),
            }
        }
        let number = self.random.pick(&numbers).copied()?;
        Some(number.saturating_add(self.nudge()))
    }

    fn suggested_int(&mut self) -> i128 {
        let int = self.style.tiers.int(self.random).unwrap_or(10);
        int.saturating_add(self.nudge())
    }

    /// Mostly 0, sometimes one up or down.
    fn nudge(&mut self) -> i128 {
        [0, 0, 0, 1, -1][self.random.below(5)]
    }

    /// A length near a boundary, rather a short one.
    fn length(&mut self) -> usize {
        if self.random.once_in(3) {
            if let Some(int) = self.style.tiers.int(self.random) {
                if (0..100_000).contains(&int) {
                    return int as usize + self.random.below(2);
                }
            }
        }
        let (one, other) = (self.random.below(LENGTHS.len()), self.random.below(LENGTHS.len()));
        LENGTHS[one.min(other)]
    }

    fn ascii(&mut self) -> char {
        char::from(32 + self.random.below(95) as u8)
    }

    fn byte(&mut self) -> u8 {
        self.random.next() as u8
    }

    /// Cuts a text that is longer than the limit.
    pub fn shortened(&self, mut text: String) -> String {
        let limit = self.style.length_max;
        if limit < text.len() {
            let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text.truncate(end);
        }
        text
    }
}

/// The numbers written in a text.
fn digits(text: &str) -> impl Iterator<Item = i128> + '_ {
    text.split(|c: char| !c.is_ascii_digit())
        .filter_map(|word| word.parse::<i64>().ok())
        .map(i128::from)
}
