//! Ships a parcel from the first form to the printed label.

use parcel::{Address, Money, Shipment, Size, Tariff};

fn address(text: &str) -> Address {
    text.parse().expect("the address is valid")
}

#[test]
fn quotes_a_domestic_parcel() {
    let shipment = Shipment::builder()
        .sender(address("Erika Muster, Hauptstr. 5, 10115, Berlin, DE"))
        .recipient(address("Max Beispiel, Am Markt 2, 28195, Bremen, DE"))
        .weight_grams(2_300)
        .size(Size::new(200, 300, 100))
        .build()
        .unwrap();
    let quote = shipment.quote(&Tariff::default()).unwrap();
    assert_eq!(quote.total(), Money::from_minor(650));
}
