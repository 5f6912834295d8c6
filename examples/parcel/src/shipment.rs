//! Shipments, tariffs and prices.

use std::error::Error;
use std::fmt;
use std::io::BufRead;

use crate::address::Address;
use crate::config::{Config, ConfigError};
use crate::money::{Money, MoneyError};

/// The greatest weight of a parcel in grams.
pub const MAX_WEIGHT_GRAMS: u32 = 31_500;
/// The greatest length of any side of a parcel in millimetres.
pub const MAX_SIDE_MM: u32 = 2_000;
/// The greatest length plus girth of a parcel in millimetres.
pub const MAX_GIRTH_MM: u32 = 3_600;

/// How fast a parcel travels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Service {
    /// The cheapest way, only within a continent.
    Economy,
    /// The usual way.
    #[default]
    Standard,
    /// The fastest way.
    Express,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Economy => "ECONOMY",
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        })
    }
}

/// The outer size of a parcel in millimetres, longest side first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    sides: [u32; 3],
}

impl Size {
    /// Makes a size from three sides in any order.
    pub fn new(a: u32, b: u32, c: u32) -> Self {
        let mut sides = [a, b, c];
        sides.sort_unstable_by(|left, right| right.cmp(left));
        Self { sides }
    }

    /// The longest side.
    pub const fn longest(self) -> u32 {
        self.sides[0]
    }

    /// The longest side plus the way around the other two.
    pub const fn girth(self) -> u32 {
        let [length, width, height] = self.sides;
        length.saturating_add(width.saturating_add(height).saturating_mul(2))
    }

    /// The weight in grams that is charged for the room the parcel takes, at
    /// five cubic centimetres for a gram.
    pub fn volumetric_grams(self) -> u32 {
        let volume = self.sides.iter().fold(1_u128, |volume, side| volume * u128::from(*side));
        u32::try_from(volume / 5_000).unwrap_or(u32::MAX)
    }
}

/// The price of a parcel in one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneRate {
    /// The price of the first kilogram.
    pub base: Money,
    /// The price of each further kilogram, also if it is only started.
    pub per_kilogram: Money,
}

impl ZoneRate {
    const fn from_minor(base: i64, per_kilogram: i64) -> Self {
        Self { base: Money::from_minor(base), per_kilogram: Money::from_minor(per_kilogram) }
    }

    fn from_config(config: &Config, section: &str, default: Self) -> Result<Self, ConfigError> {
        Ok(Self {
            base: config.parse_or(section, "base", default.base)?,
            per_kilogram: config.parse_or(section, "per_kilogram", default.per_kilogram)?,
        })
    }

    fn price(self, grams: u32) -> Result<Money, MoneyError> {
        let further = grams.div_ceil(1_000).saturating_sub(1);
        self.per_kilogram.checked_mul(further)?.checked_add(self.base)
    }
}

/// The rules that prices are computed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// Within a country.
    pub domestic: ZoneRate,
    /// Between countries of Europe.
    pub europe: ZoneRate,
    /// Everywhere else.
    pub world: ZoneRate,
    /// Added for express parcels, in percent of the price so far.
    pub express_percent: u32,
    /// Taken off for economy parcels, in percent of the price so far.
    pub economy_percent: u32,
    /// Added for places that are hard to reach.
    pub remote_fee: Money,
    /// Added for parcels with a side of more than 1.2 metres.
    pub bulky_fee: Money,
}

impl Default for Tariff {
    fn default() -> Self {
        Self {
            domestic: ZoneRate::from_minor(490, 80),
            europe: ZoneRate::from_minor(1_052, 180),
            world: ZoneRate::from_minor(2_490, 650),
            express_percent: 60,
            economy_percent: 15,
            remote_fee: Money::from_minor(750),
            bulky_fee: Money::from_minor(1_990),
        }
    }
}

impl Tariff {
    /// Reads a tariff from a configuration with the sections `domestic`,
    /// `europe`, `world`, `service` and `fees`. What is left out has its
    /// default value.
    ///
    /// # Errors
    ///
    /// Returns an error if reading fails or if a value is malformed.
    pub fn read(reader: impl BufRead) -> Result<Self, ConfigError> {
        let config = Config::read(reader)?;
        let default = Self::default();
        Ok(Self {
            domestic: ZoneRate::from_config(&config, "domestic", default.domestic)?,
            europe: ZoneRate::from_config(&config, "europe", default.europe)?,
            world: ZoneRate::from_config(&config, "world", default.world)?,
            express_percent: config.parse_or("service", "express", default.express_percent)?,
            economy_percent: config.parse_or("service", "economy", default.economy_percent)?,
            remote_fee: config.parse_or("fees", "remote", default.remote_fee)?,
            bulky_fee: config.parse_or("fees", "bulky", default.bulky_fee)?,
        })
    }
}

/// The price of a shipment and what it is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    items: Vec<(&'static str, Money)>,
    total: Money,
}

impl Quote {
    fn add(&mut self, item: &'static str, amount: Money) -> Result<(), MoneyError> {
        self.total = self.total.checked_add(amount)?;
        self.items.push((item, amount));
        Ok(())
    }

    /// The items, each with its amount. Amounts may be negative.
    pub fn items(&self) -> &[(&'static str, Money)] {
        &self.items
    }

    /// The sum of all items.
    pub const fn total(&self) -> Money {
        self.total
    }
}

/// A parcel with its sender, recipient and service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    sender: Address,
    recipient: Address,
    weight_grams: u32,
    size: Size,
    service: Service,
    serial: u32,
}

impl Shipment {
    /// Starts a new shipment.
    pub fn builder() -> ShipmentBuilder {
        ShipmentBuilder::default()
    }

    /// The address of the sender.
    pub const fn sender(&self) -> &Address {
        &self.sender
    }

    /// The address of the recipient.
    pub const fn recipient(&self) -> &Address {
        &self.recipient
    }

    /// The weight in grams.
    pub const fn weight_grams(&self) -> u32 {
        self.weight_grams
    }

    /// The service.
    pub const fn service(&self) -> Service {
        self.service
    }

    /// Whether the parcel crosses a border.
    pub fn is_international(&self) -> bool {
        self.sender.country() != self.recipient.country()
    }

    /// The weight that is charged: large parcels count as heavier than they
    /// are, except in the economy service.
    pub fn chargeable_grams(&self) -> u32 {
        match self.service {
            Service::Economy => self.weight_grams,
            Service::Standard | Service::Express => {
                self.weight_grams.max(self.size.volumetric_grams())
            }
        }
    }

    /// The tracking number: two letters for the service, nine digits and the
    /// country of the sender.
    pub fn tracking_number(&self) -> String {
        let prefix = match self.service {
            Service::Economy => "UA",
            Service::Standard => "CP",
            Service::Express => "EE",
        };
        let check = tracking::check_digit(self.serial);
        format!("{prefix}{:08}{check}{}", self.serial, self.sender.country().code())
    }

    /// Computes the price.
    ///
    /// # Errors
    ///
    /// Returns [`MoneyError::Overflow`] if the tariff has such large amounts
    /// that the price does not fit.
    pub fn quote(&self, tariff: &Tariff) -> Result<Quote, MoneyError> {
        let (from, to) = (self.sender.country(), self.recipient.country());
        let (item, rate) = if from == to {
            ("Domestic parcel", tariff.domestic)
        } else if from.is_european() && to.is_european() {
            ("Parcel within Europe", tariff.europe)
        } else {
            ("International parcel", tariff.world)
        };
        let mut quote = Quote::default();
        quote.add(item, rate.price(self.chargeable_grams())?)?;
        match self.service {
            Service::Economy => {
                let discount = quote.total.percent(tariff.economy_percent)?;
                quote.add("Economy discount", Money::ZERO.checked_sub(discount)?)?;
            }
            Service::Standard => {}
            Service::Express => {
                quote.add("Express", quote.total.percent(tariff.express_percent)?)?;
            }
        }
        if self.recipient.postcode().is_remote() {
            quote.add("Remote area", tariff.remote_fee)?;
        }
        if self.size.longest() > 1_200 {
            quote.add("Bulky parcel", tariff.bulky_fee)?;
        }
        Ok(quote)
    }
}

/// Collects and checks the parts of a [`Shipment`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShipmentBuilder {
    sender: Option<Address>,
    recipient: Option<Address>,
    weight_grams: Option<u32>,
    size: Option<Size>,
    service: Service,
    serial: u32,
}

/// Why a shipment could not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildError {
    /// A part was not given.
    Missing(&'static str),
    /// The sender is the recipient.
    SameAddress,
    /// The weight is zero or more than [`MAX_WEIGHT_GRAMS`].
    Weight(u32),
    /// A side is zero, or the parcel is too long or too thick.
    Size(Size),
    /// The service does not go there.
    NoService(Service),
    /// The serial number has more than eight digits.
    Serial(u32),
}

impl ShipmentBuilder {
    /// Sets the sender.
    pub fn sender(mut self, sender: Address) -> Self {
        self.sender = Some(sender);
        self
    }

    /// Sets the recipient.
    pub fn recipient(mut self, recipient: Address) -> Self {
        self.recipient = Some(recipient);
        self
    }

    /// Sets the weight in grams.
    pub const fn weight_grams(mut self, grams: u32) -> Self {
        self.weight_grams = Some(grams);
        self
    }

    /// Sets the size.
    pub const fn size(mut self, size: Size) -> Self {
        self.size = Some(size);
        self
    }

    /// Sets the service; without it, the parcel is a standard one.
    pub const fn service(mut self, service: Service) -> Self {
        self.service = service;
        self
    }

    /// Sets the serial number for tracking.
    pub const fn serial(mut self, serial: u32) -> Self {
        self.serial = serial;
        self
    }

    /// Checks all parts and makes the shipment.
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] for the first part that is missing or out of
    /// range.
    pub fn build(self) -> Result<Shipment, BuildError> {
        let sender = self.sender.ok_or(BuildError::Missing("sender"))?;
        let recipient = self.recipient.ok_or(BuildError::Missing("recipient"))?;
        if sender == recipient {
            return Err(BuildError::SameAddress);
        }
        let weight_grams = self.weight_grams.ok_or(BuildError::Missing("weight"))?;
        if weight_grams == 0 || weight_grams > MAX_WEIGHT_GRAMS {
            return Err(BuildError::Weight(weight_grams));
        }
        let size = self.size.ok_or(BuildError::Missing("size"))?;
        check_size(size)?;
        if self.service == Service::Economy
            && sender.country().is_european() != recipient.country().is_european()
        {
            return Err(BuildError::NoService(self.service));
        }
        if self.serial > 99_999_999 {
            return Err(BuildError::Serial(self.serial));
        }
        Ok(Shipment {
            sender,
            recipient,
            weight_grams,
            size,
            service: self.service,
            serial: self.serial,
        })
    }
}

fn check_size(size: Size) -> Result<(), BuildError> {
    if size.sides.contains(&0) || size.longest() > MAX_SIDE_MM || size.girth() > MAX_GIRTH_MM {
        return Err(BuildError::Size(size));
    }
    Ok(())
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(part) => write!(f, "the {part} is missing"),
            Self::SameAddress => f.write_str("the sender and the recipient are the same"),
            Self::Weight(0) => f.write_str("the parcel has no weight"),
            Self::Weight(grams) => write!(f, "{grams} g is more than {MAX_WEIGHT_GRAMS} g"),
            Self::Size(size) => {
                let [length, width, height] = size.sides;
                write!(f, "{length} x {width} x {height} mm is not a possible size")
            }
            Self::NoService(service) => write!(f, "{service} does not go there"),
            Self::Serial(serial) => write!(f, "the serial number {serial} is too long"),
        }
    }
}

impl Error for BuildError {}

/// Check digits of tracking numbers, as the Universal Postal Union does it.
mod tracking {
    const WEIGHTS: [u32; 8] = [7, 9, 5, 3, 2, 4, 6, 8];

    /// The check digit for the last eight digits of a serial number.
    pub(super) fn check_digit(serial: u32) -> u32 {
        let mut rest = serial;
        let mut sum = 0;
        for weight in WEIGHTS {
            sum += weight * (rest % 10);
            rest /= 10;
        }
        match 11 - sum % 11 {
            10 => 0,
            11 => 5,
            digit => digit,
        }
    }
}
