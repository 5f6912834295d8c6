//! Records as bytes, for the memory that parent and child share.

use crate::choice::Choice;
use crate::outcome::{Outcome, Record, Seen};

/// Appends a choice.
pub fn put_choice(bytes: &mut Vec<u8>, choice: &Choice) {
    match choice {
        Choice::Text(text) => put_tagged(bytes, b'T', text.as_bytes()),
        Choice::Bytes(value) => put_tagged(bytes, b'B', value),
        Choice::Int(int) => put_tagged(bytes, b'I', &int.to_le_bytes()),
        Choice::Size(size) => put_tagged(bytes, b'Z', &size.to_le_bytes()),
        Choice::Char(c) => put_tagged(bytes, b'C', &u32::from(*c).to_le_bytes()),
        Choice::Float(bits) => put_tagged(bytes, b'F', &bits.to_le_bytes()),
        Choice::Flag(flag) => put_tagged(bytes, b'G', &[u8::from(*flag)]),
        Choice::Arm(arm) => put_tagged(bytes, b'A', &arm.to_le_bytes()),
        Choice::Count(count) => put_tagged(bytes, b'N', &count.to_le_bytes()),
    }
}

fn put_tagged(bytes: &mut Vec<u8>, tag: u8, value: &[u8]) {
    bytes.push(tag);
    put_bytes(bytes, value);
}

fn put_bytes(bytes: &mut Vec<u8>, value: &[u8]) {
    put_u32(bytes, value.len() as u32);
    bytes.extend_from_slice(value);
}

fn put_u32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

/// Appends a maker and its choices.
pub fn put_span(bytes: &mut Vec<u8>, maker: u64, choices: &[Choice]) {
    bytes.extend_from_slice(&maker.to_le_bytes());
    put_choices(bytes, choices);
}

fn put_choices(bytes: &mut Vec<u8>, choices: &[Choice]) {
    put_u32(bytes, choices.len() as u32);
    for choice in choices {
        put_choice(bytes, choice);
    }
}

/// Appends a record.
pub fn put_record(bytes: &mut Vec<u8>, record: &Record) {
    bytes.extend_from_slice(&record.execution.to_le_bytes());
    put_choices(bytes, &record.choices);
    match &record.outcome {
        Outcome::Returned => bytes.push(0),
        Outcome::Panicked { message, file, line } => {
            bytes.push(1);
            put_bytes(bytes, message.as_bytes());
            put_bytes(bytes, file.as_bytes());
            put_u32(bytes, *line);
        }
        Outcome::Hang | Outcome::Died { .. } => bytes.push(2),
    }
    put_bytes(bytes, record.shape.as_bytes());
    put_u32(bytes, record.seen.len() as u32);
    for seen in &record.seen {
        put_u32(bytes, seen.slot);
        bytes.push(u8::from(seen.truncated));
        for text in [&seen.debug, &seen.display] {
            bytes.push(u8::from(text.is_some()));
            put_bytes(bytes, text.as_deref().unwrap_or_default().as_bytes());
        }
    }
    put_u32(bytes, record.regions.len() as u32);
    for region in &record.regions {
        put_u32(bytes, *region);
    }
}

/// Reads what was put, in the same order; `None` at the end and for torn data.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// Reads a maker and its choices.
    pub fn span(&mut self) -> Option<(u64, Vec<Choice>)> {
        Some((self.u64()?, self.choices()?))
    }

    fn choices(&mut self) -> Option<Vec<Choice>> {
        (0..self.u32()?).map(|_| self.choice()).collect()
    }

    /// Reads a record.
    pub fn record(&mut self) -> Option<Record> {
        let execution = self.u64()?;
        let choices = self.choices()?;
        let outcome = match self.byte()? {
            0 => Outcome::Returned,
            1 => Outcome::Panicked { message: self.text()?, file: self.text()?, line: self.u32()? },
            _ => Outcome::Hang,
        };
        let shape = self.text()?;
        let seen = (0..self.u32()?).map(|_| self.seen()).collect::<Option<_>>()?;
        let regions = (0..self.u32()?).map(|_| self.u32()).collect::<Option<_>>()?;
        Some(Record { execution, choices, outcome, shape, seen, regions })
    }

    /// Reads a choice.
    pub fn choice(&mut self) -> Option<Choice> {
        let tag = self.byte()?;
        let length = self.u32()? as usize;
        let value = self.take(length)?;
        Some(match tag {
            b'T' => Choice::Text(String::from_utf8(value.to_vec()).ok()?),
            b'B' => Choice::Bytes(value.to_vec()),
            b'I' => Choice::Int(i128::from_le_bytes(value.try_into().ok()?)),
            b'Z' => Choice::Size(u64::from_le_bytes(value.try_into().ok()?)),
            b'C' => Choice::Char(char::from_u32(u32::from_le_bytes(value.try_into().ok()?))?),
            b'F' => Choice::Float(u64::from_le_bytes(value.try_into().ok()?)),
            b'G' => Choice::Flag(value == [1]),
            b'A' => Choice::Arm(u32::from_le_bytes(value.try_into().ok()?)),
            b'N' => Choice::Count(u32::from_le_bytes(value.try_into().ok()?)),
            _ => return None,
        })
    }

    fn seen(&mut self) -> Option<Seen> {
        let slot = self.u32()?;
        let truncated = self.byte()? == 1;
        let [debug, display] = [self.maybe_text()?, self.maybe_text()?];
        Some(Seen { slot, debug, display, truncated })
    }

    fn maybe_text(&mut self) -> Option<Option<String>> {
        let some = self.byte()? == 1;
        let text = self.text()?;
        Some(some.then_some(text))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.u32()? as usize;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = (self.0.get(..count)?, self.0.get(count..)?);
        self.0 = tail;
        Some(head)
    }
}
