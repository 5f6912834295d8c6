//! Amounts of money, counted in minor units.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// An amount of money in minor units, for example cents.
///
/// All arithmetic is checked: an operation that leaves the range of `i64`
/// returns [`MoneyError::Overflow`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    minor: i64,
}

/// Why an amount could not be parsed or computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// The text, or the part before or after the point, has no digits.
    MissingDigits,
    /// A character is not a decimal digit.
    InvalidDigit(char),
    /// There are more than two digits after the point.
    TooManyDecimals,
    /// The amount does not fit.
    Overflow,
}

impl Money {
    /// No money at all.
    pub const ZERO: Self = Self { minor: 0 };

    /// Makes an amount from minor units.
    pub const fn from_minor(minor: i64) -> Self {
        Self { minor }
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Adds two amounts.
    ///
    /// # Errors
    ///
    /// Returns [`MoneyError::Overflow`] if the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.minor.checked_add(other.minor).map(Self::from_minor).ok_or(MoneyError::Overflow)
    }

    /// Subtracts `other` from this amount.
    ///
    /// # Errors
    ///
    /// Returns [`MoneyError::Overflow`] if the difference does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.minor.checked_sub(other.minor).map(Self::from_minor).ok_or(MoneyError::Overflow)
    }

    /// Multiplies this amount by a count.
    ///
    /// # Errors
    ///
    /// Returns [`MoneyError::Overflow`] if the product does not fit.
    pub fn checked_mul(self, count: u32) -> Result<Self, MoneyError> {
        self.minor.checked_mul(count.into()).map(Self::from_minor).ok_or(MoneyError::Overflow)
    }

    /// Takes a percentage of this amount; half a minor unit rounds away from
    /// zero.
    ///
    /// # Errors
    ///
    /// Returns [`MoneyError::Overflow`] if the result does not fit.
    pub fn percent(self, percent: u32) -> Result<Self, MoneyError> {
        let product = i128::from(self.minor) * i128::from(percent);
        let rounded = (product + 50 * product.signum()) / 100;
        i64::try_from(rounded).map(Self::from_minor).map_err(|_| MoneyError::Overflow)
    }

    /// Splits this amount into `parts` amounts that differ by at most one
    /// minor unit and add up to the whole. The larger shares come first.
    ///
    /// # Panics
    ///
    /// Panics if `parts` is zero.
    pub fn split(self, parts: u32) -> Vec<Self> {
        assert!(parts > 0, "cannot split money into zero parts");
        let share = self.minor / i64::from(parts);
        let remainder = self.minor % i64::from(parts);
        let step = remainder.signum();
        (0..i64::from(parts))
            .map(|index| {
                let extra = if index < remainder.abs() { step } else { 0 };
                Self::from_minor(share + extra)
            })
            .collect()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.minor.unsigned_abs();
        f.pad_integral(self.minor >= 0, "", &format!("{}.{:02}", cents / 100, cents % 100))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Parses amounts like `12`, `12.5`, `-12.50` and `+0.05`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (major, minor) = match digits.split_once('.') {
            Some((major, minor)) => (parse_digits(major)?, parse_decimals(minor)?),
            None => (parse_digits(digits)?, 0),
        };
        let total = major
            .checked_mul(100)
            .and_then(|cents| cents.checked_add(minor))
            .ok_or(MoneyError::Overflow)?;
        Ok(Self::from_minor(sign * total))
    }
}

/// Parses the digits after the point, at most two.
fn parse_decimals(text: &str) -> Result<i64, MoneyError> {
    let value = parse_digits(text)?;
    match text.len() {
        1 => Ok(value * 10),
        2 => Ok(value),
        _ => Err(MoneyError::TooManyDecimals),
    }
}

/// Parses a run of decimal digits that must not be empty.
fn parse_digits(text: &str) -> Result<i64, MoneyError> {
    if text.is_empty() {
        return Err(MoneyError::MissingDigits);
    }
    let mut value = 0_i64;
    for c in text.chars() {
        let digit = c.to_digit(10).ok_or(MoneyError::InvalidDigit(c))?;
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(digit.into()))
            .ok_or(MoneyError::Overflow)?;
    }
    Ok(value)
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingDigits => f.write_str("digits are missing in the amount"),
            Self::InvalidDigit(c) => write!(f, "{c:?} is not a digit"),
            Self::TooManyDecimals => f.write_str("more than two digits after the point"),
            Self::Overflow => f.write_str("the amount is out of range"),
        }
    }
}

impl Error for MoneyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_and_reports_overflow() {
        let sum = Money::from_minor(150).checked_add(Money::from_minor(75));
        assert_eq!(sum, Ok(Money::from_minor(225)));
        let most = Money::from_minor(i64::MAX);
        assert_eq!(most.checked_add(Money::from_minor(1)), Err(MoneyError::Overflow));
    }

    #[test]
    fn percent_rounds_half_up() {
        assert_eq!(Money::from_minor(1_050).percent(5), Ok(Money::from_minor(53)));
        assert_eq!(Money::from_minor(1_049).percent(5), Ok(Money::from_minor(52)));
    }

    #[test]
    fn parses_whole_amounts() {
        assert_eq!("12".parse(), Ok(Money::from_minor(1_200)));
        assert_eq!("".parse::<Money>(), Err(MoneyError::MissingDigits));
    }
}
