//! mobileRegionCode and mobileNumber: one needs the other.

use super::*;
use crate::domain::mobile::Mobile;

fn cologne() -> Mobile {
    Mobile { region: "DE".into(), number: "0221 123 123".into(), e164: "+49221123123".into() }
}

#[test]
fn national_number_with_its_region_is_stored_as_sent_and_as_e164() {
    let ada = create(&[("mobileRegionCode", &["DE"]), ("mobileNumber", &["0221 123 123"])], &[]);
    assert_eq!(ada.profile.mobile, Some(cologne()));
    assert_eq!(source_of(&ada, ProfileField::MobileNumber), Some(&from_attribute("mobileNumber")));
    assert_eq!(source_of(&ada, ProfileField::MobileRegionCode), None, "the number stands for both");
}

#[test]
fn the_region_is_trimmed_and_read_in_any_case() {
    let ada =
        create(&[("mobileRegionCode", &[" de "]), ("mobileNumber", &[" 0221 123 123 "])], &[]);
    assert_eq!(ada.profile.mobile, Some(cologne()));
}

#[test]
fn a_number_may_be_e164() {
    let ada = create(&[("mobileRegionCode", &["DE"]), ("mobileNumber", &["+49221123123"])], &[]);
    let mobile = ada.profile.mobile.unwrap();
    assert_eq!((mobile.number.as_str(), mobile.e164.as_str()), ("+49221123123", "+49221123123"));
}

#[test]
fn login_without_number_and_region_stores_no_number() {
    assert_eq!(create(&[], &[]).profile.mobile, None);
}

#[test]
fn a_region_without_a_number_is_ignored() {
    for region in [&["DE"][..], &["nowhere"], &["DE", "AT"]] {
        assert_eq!(create(&[("mobileRegionCode", region)], &[]).profile.mobile, None);
        let blank = &[("mobileRegionCode", region), ("mobileNumber", &["  "][..])];
        assert_eq!(create(blank, &[]).profile.mobile, None);
    }
}

#[test]
fn a_number_without_a_region_is_dropped() {
    for number in ["0221 123 123", "+49221123123", "nonsense"] {
        let dropped = ("mobileNumber", number, "NO_REGION", None);
        assert_eq!(create(&[("mobileNumber", &[number])], &[dropped]).profile.mobile, None);
        let blank = &[("mobileNumber", &[number][..]), ("mobileRegionCode", &[""][..])];
        assert_eq!(create(blank, &[dropped]).profile.mobile, None);
    }
}

#[test]
fn an_unknown_region_drops_both() {
    let ada = create(
        &[("mobileRegionCode", &["Germany"]), ("mobileNumber", &["+49221123123"])],
        &[
            ("mobileRegionCode", "Germany", "UNKNOWN_REGION", None),
            ("mobileNumber", "+49221123123", "NO_REGION", None),
        ],
    );
    assert_eq!(ada.profile.mobile, None);
}

#[test]
fn a_number_that_is_not_valid_for_its_region_drops_both() {
    for (region, number) in [
        ("DE", "123"),
        ("DE", "not a number"),
        ("DE", "+1 520 878 2491"),
        ("US", "0221 123 123"),
        ("CA", "+1 520 878 2491"),
        ("AQ", "0221 123 123"),
    ] {
        let ada = create(
            &[("mobileRegionCode", &[region]), ("mobileNumber", &[number])],
            &[("mobileNumber", number, "INVALID_NUMBER", None)],
        );
        assert_eq!(ada.profile.mobile, None, "{region} {number}");
        assert_eq!(source_of(&ada, ProfileField::MobileNumber), None);
    }
}

#[test]
fn overlong_number_is_dropped_without_parsing() {
    let long = "0".repeat(41);
    create(
        &[("mobileRegionCode", &["DE"]), ("mobileNumber", &[&long])],
        &[("mobileNumber", &long, "TOO_LONG", None)],
    );
}

#[test]
fn of_several_regions_and_numbers_the_first_valid_ones_are_used() {
    let ada = create(
        &[
            ("mobileRegionCode", &["Germany", "DE", "AT"]),
            ("mobileNumber", &["+43664123456", "0221 123 123", "0221 123 124"]),
        ],
        &[
            ("mobileRegionCode", "Germany", "UNKNOWN_REGION", Some("DE")),
            ("mobileRegionCode", "Germany, DE, AT", "SEVERAL_VALUES", Some("DE")),
            ("mobileNumber", "+43664123456", "INVALID_NUMBER", Some("0221 123 123")),
            (
                "mobileNumber",
                "+43664123456, 0221 123 123, 0221 123 124",
                "SEVERAL_VALUES",
                Some("0221 123 123"),
            ),
        ],
    );
    assert_eq!(ada.profile.mobile, Some(cologne()));
}
