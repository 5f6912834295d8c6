//! Shipping of parcels: addresses, prices, labels and tracking.
//!
//! The crate has no dependencies and does no input or output of its own: a
//! tariff is read from any [`std::io::BufRead`], and labels and receipts are
//! rendered to strings.
//!
//! ```
//! use parcel::{Address, Service, Shipment, Size, Tariff};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender: Address = "Erika Muster, Hauptstr. 5, 10115, Berlin, DE".parse()?;
//! let recipient: Address = "Jan Jansen, Damrak 1, 1012 LG, Amsterdam, NL".parse()?;
//! let shipment = Shipment::builder()
//!     .sender(sender)
//!     .recipient(recipient)
//!     .weight_grams(1_500)
//!     .size(Size::new(300, 200, 100))
//!     .service(Service::Standard)
//!     .serial(47_312_482)
//!     .build()?;
//! let quote = shipment.quote(&Tariff::default())?;
//! assert_eq!(quote.total().to_string(), "12.32");
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod address;
pub mod config;
pub mod label;
pub mod money;
pub mod shelf;
pub mod shipment;
pub mod status;

pub use address::{Address, AddressError, Country, Postcode};
pub use config::{Config, ConfigError};
pub use label::LabelLayout;
pub use money::{Money, MoneyError};
pub use shelf::{Shelf, ShelfFull};
pub use shipment::{BuildError, Quote, Service, Shipment, ShipmentBuilder, Size, Tariff};
pub use status::{Event, History, Status, TransitionError};
