//! Postal addresses and the postcode rules of the countries served.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// A country that parcels can be sent from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Country {
    /// Germany.
    Germany,
    /// The Netherlands.
    Netherlands,
    /// The United Kingdom.
    UnitedKingdom,
    /// The United States of America.
    UnitedStates,
}

/// A valid postcode in the usual spelling of its country.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Postcode {
    country: Country,
    text: String,
}

/// A postal address.
///
/// The text form has five fields separated by commas: name, street, postcode,
/// city and country code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    name: String,
    street: String,
    city: String,
    postcode: Postcode,
}

/// Why an address could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressError {
    /// A field is missing or blank.
    MissingField(&'static str),
    /// There is text after the country code.
    TrailingField(String),
    /// The country code is not known.
    UnknownCountry(String),
    /// The postcode breaks the rules of its country.
    InvalidPostcode {
        /// The country whose rules apply.
        country: Country,
        /// The postcode as it was given.
        postcode: String,
    },
}

impl Country {
    /// The two-letter code of the country.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Germany => "DE",
            Self::Netherlands => "NL",
            Self::UnitedKingdom => "GB",
            Self::UnitedStates => "US",
        }
    }

    /// Whether the country is in Europe.
    pub const fn is_european(self) -> bool {
        !matches!(self, Self::UnitedStates)
    }
}

impl FromStr for Country {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_uppercase().as_str() {
            "DE" => Ok(Self::Germany),
            "NL" => Ok(Self::Netherlands),
            "GB" | "UK" => Ok(Self::UnitedKingdom),
            "US" | "USA" => Ok(Self::UnitedStates),
            other => Err(AddressError::UnknownCountry(other.to_owned())),
        }
    }
}

impl Postcode {
    /// Checks a postcode and brings it into the usual spelling, so that
    /// `1012lg` becomes `1012 LG` in the Netherlands.
    ///
    /// # Errors
    ///
    /// Returns [`AddressError::InvalidPostcode`] if the postcode breaks the
    /// rules of the country.
    pub fn parse(country: Country, text: &str) -> Result<Self, AddressError> {
        let compact: String = text.split_whitespace().collect::<String>().to_ascii_uppercase();
        let normal = match country {
            Country::Germany => german(&compact),
            Country::Netherlands => dutch(&compact),
            Country::UnitedKingdom => british(&compact),
            Country::UnitedStates => american(&compact),
        };
        match normal {
            Some(text) => Ok(Self { country, text }),
            None => Err(AddressError::InvalidPostcode { country, postcode: text.to_owned() }),
        }
    }

    /// The postcode in the usual spelling.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the place is hard to reach, which makes a delivery dearer.
    pub fn is_remote(&self) -> bool {
        let prefixes: &[&str] = match self.country {
            Country::Germany => &["25849", "25938", "27498"],
            Country::Netherlands => &["179", "888", "889", "9166"],
            Country::UnitedKingdom => &["HS", "KW", "ZE", "JE", "GY", "IM"],
            Country::UnitedStates => &["967", "968", "995", "996", "997", "998", "999"],
        };
        prefixes.iter().any(|prefix| self.text.starts_with(prefix))
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Five digits from 01001 to 99998.
fn german(text: &str) -> Option<String> {
    let valid = text.len() == 5 && all_digits(text) && ("01001"..="99998").contains(&text);
    valid.then(|| text.to_owned())
}

/// Four digits, the first not zero, and two letters.
fn dutch(text: &str) -> Option<String> {
    let (digits, letters) = text.split_at_checked(4)?;
    if !all_digits(digits) || digits.starts_with('0') {
        return None;
    }
    let two_letters = letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    if !two_letters || matches!(letters, "SA" | "SD" | "SS") {
        return None;
    }
    Some(format!("{digits} {letters}"))
}

/// An outward code such as `SW1A` or `M1`, then one digit and two letters.
fn british(text: &str) -> Option<String> {
    let (outward, inward) = text.split_at_checked(text.len().checked_sub(3)?)?;
    let letters = outward.bytes().take_while(u8::is_ascii_uppercase).count();
    let district = &outward[letters..];
    if !(1..=2).contains(&letters) || !(1..=2).contains(&district.len()) {
        return None;
    }
    let alphanumeric = district.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !alphanumeric || !district.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (sector, unit) = inward.split_at_checked(1)?;
    let unit_is_valid = unit.bytes().all(|byte| byte.is_ascii_uppercase());
    (all_digits(sector) && unit_is_valid).then(|| format!("{outward} {inward}"))
}

/// Five digits, or nine with a hyphen after the fifth.
fn american(text: &str) -> Option<String> {
    let (zip, plus_four) = text.split_once('-').unwrap_or((text, "0000"));
    let valid = zip.len() == 5 && plus_four.len() == 4 && all_digits(zip) && all_digits(plus_four);
    valid.then(|| text.to_owned())
}

impl Address {
    /// Makes an address from its parts.
    ///
    /// # Errors
    ///
    /// Returns an error if a part is blank or too long, or if the postcode
    /// breaks the rules of the country.
    pub fn new(
        name: &str,
        street: &str,
        postcode: &str,
        city: &str,
        country: Country,
    ) -> Result<Self, AddressError> {
        Ok(Self {
            name: checked_field("name", name)?,
            street: checked_field("street", street)?,
            city: checked_field("city", city)?,
            postcode: Postcode::parse(country, postcode)?,
        })
    }

    /// The name of the person or company.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The postcode.
    pub const fn postcode(&self) -> &Postcode {
        &self.postcode
    }

    /// The country.
    pub const fn country(&self) -> Country {
        self.postcode.country
    }

    /// The lines of the address as they are written in its country.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.name.clone(), self.street.clone()];
        match self.country() {
            Country::UnitedKingdom => {
                lines.push(self.city.to_uppercase());
                lines.push(self.postcode.text.clone());
            }
            Country::UnitedStates => lines.push(format!("{} {}", self.city, self.postcode.text)),
            _ => lines.push(format!("{} {}", self.postcode.text, self.city)),
        }
        lines
    }
}

fn checked_field(field: &'static str, text: &str) -> Result<String, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AddressError::MissingField(field));
    }
    Ok(text.to_owned())
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut fields = text.split(',');
        let mut next = |field| fields.next().ok_or(AddressError::MissingField(field));
        let name = next("name")?;
        let street = next("street")?;
        let postcode = next("postcode")?;
        let city = next("city")?;
        let country = next("country")?.parse()?;
        if let Some(extra) = fields.next() {
            return Err(AddressError::TrailingField(extra.trim().to_owned()));
        }
        Self::new(name, street, postcode, city, country)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingField(field) => write!(f, "the {field} is missing"),
            Self::TrailingField(extra) => write!(f, "unexpected {extra:?} after the country"),
            Self::UnknownCountry(code) => write!(f, "unknown country code {code:?}"),
            Self::InvalidPostcode { country, postcode } => {
                write!(f, "{postcode:?} is not a postcode of {}", country.code())
            }
        }
    }
}

impl Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_german_address() {
        let address: Address = "Erika Muster, Hauptstr. 5, 10115, Berlin, de".parse().unwrap();
        assert_eq!(address.name(), "Erika Muster");
        assert_eq!(address.country(), Country::Germany);
        assert_eq!(address.lines(), ["Erika Muster", "Hauptstr. 5", "10115 Berlin"]);
    }

    #[test]
    fn rejects_short_german_postcodes() {
        assert!(Postcode::parse(Country::Germany, "1011").is_err());
    }

    #[test]
    fn reports_missing_fields() {
        let error = "Erika Muster, Hauptstr. 5".parse::<Address>().unwrap_err();
        assert_eq!(error, AddressError::MissingField("postcode"));
    }
}
