use proptest::prelude::*;

use super::*;

fn read(region: &str, number: &str) -> Result<String, NumberError> {
    Mobile::parse(region.parse().expect("a region"), number).map(|mobile| mobile.e164)
}

#[test]
fn the_number_of_the_seed_document_is_accepted() {
    let region: Region = "DE".parse().unwrap();
    let mobile =
        Mobile { region: "DE".into(), number: "0221 123 123".into(), e164: "+49221123123".into() };
    assert_eq!(Mobile::parse(region, " 0221 123 123 "), Ok(mobile));
}

#[test]
fn number_may_be_national_or_e164_with_common_punctuation() {
    for (region, number, expected) in [
        ("DE", "0221 123 123", "+49221123123"),
        ("DE", "221123123", "+49221123123"),
        ("DE", "(0221) 123-123", "+49221123123"),
        ("DE", "0221/123.123", "+49221123123"),
        ("DE", "+49221123123", "+49221123123"),
        ("DE", "+49 221 123 123", "+49221123123"),
        ("DE", "+49 (0)221 123 123", "+49221123123"),
        ("DE", "0049 221 123 123", "+49221123123"),
        ("DE", "0151\u{a0}23456789", "+4915123456789"),
        ("AT", "0664 123456", "+43664123456"),
        ("CH", "078 123 45 67", "+41781234567"),
        ("FR", "06 12 34 56 78", "+33612345678"),
        ("HU", "06 20 123 4567", "+36201234567"),
        ("US", "(520) 878-2491", "+15208782491"),
        ("BR", "(11) 96123-4567", "+5511961234567"),
        ("RU", "8 912 345-67-89", "+79123456789"),
        ("XK", "043 201 234", "+38343201234"),
    ] {
        assert_eq!(read(region, number).as_deref(), Ok(expected), "{region} {number}");
    }
}

#[test]
fn blanks_hyphens_and_full_width_forms_are_understood() {
    let blanks = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2007}', '\u{2003}', '\u{3000}'];
    for blank in blanks {
        let number = format!("(+47){blank}23{blank}56{blank}01{blank}00");
        assert_eq!(read("NO", &number).as_deref(), Ok("+4723560100"), "{}", blank.escape_unicode());
    }
    let hyphens = [
        '-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2043}', '\u{2212}', '\u{fe58}',
        '\u{fe63}', '\u{ff0d}',
    ];
    for hyphen in hyphens {
        let number = format!("23{hyphen}56{hyphen}01{hyphen}00");
        assert_eq!(
            read("NO", &number).as_deref(),
            Ok("+4723560100"),
            "{}",
            hyphen.escape_unicode()
        );
    }
    for (region, number, expected) in [
        ("NO", "(+47) 23 56 01 00", "+4723560100"),
        ("NO", "( +47 ) 23560100", "+4723560100"),
        ("DE", "０２２１１２３１２３", "+49221123123"),
        ("DE", "＋４９\u{3000}（２２１）１２３－１２３", "+49221123123"),
        ("JP", "０９０－１２３４－５６７８", "+819012345678"),
    ] {
        assert_eq!(read(region, number).as_deref(), Ok(expected), "{region} {number}");
    }
}

#[test]
fn national_number_may_begin_with_its_own_calling_code() {
    for (region, number, e164) in [
        ("NO", "47 23 56 01", "+4747235601"),
        ("NO", "+47 47 23 56 01", "+4747235601"),
        ("NO", "4747235601", "+4747235601"),
        ("NO", "0047 47 23 56 01", "+4747235601"),
        ("DK", "45 33 40 50", "+4545334050"),
        ("DK", "+45 45 33 40 50", "+4545334050"),
        ("DK", "4545334050", "+4545334050"),
        ("IN", "91234 56789", "+919123456789"),
        ("IN", "091234 56789", "+919123456789"),
        ("IN", "91 91234 56789", "+919123456789"),
        ("IT", "39 06 1234 5678", "+390612345678"),
        ("IT", "392 123 4567", "+393921234567"),
        ("SE", "046 12 34 56", "+4646123456"),
        ("SE", "46 12 34 56", "+4646123456"),
        ("PL", "48 123 45 67", "+48481234567"),
        ("HU", "36 20 123 4567", "+36201234567"),
        ("RU", "7 912 345-67-89", "+79123456789"),
        ("US", "1 520 878 2491", "+15208782491"),
        ("CY", "357 96 123456", "+35796123456"),
    ] {
        assert_eq!(read(region, number).as_deref(), Ok(e164), "{region} {number}");
    }
}

/// Each plan's own example of each kind of line, as people of the region
/// dial it.
#[test]
fn national_form_of_each_plans_examples_is_valid() {
    let kinds = [Type::FixedLine, Type::Mobile, Type::TollFree, Type::Voip];
    for region in regions_with_plans().into_iter().skip(1).step_by(5) {
        let plan = region.plan().unwrap();
        for example in kinds.into_iter().filter_map(|kind| plan.descriptors().get(kind)?.example())
        {
            let e164 = format!("+{}{example}", plan.country_code());
            if read(region.as_str(), &e164).as_ref() != Ok(&e164) {
                continue;
            }
            assert_eq!(read(region.as_str(), example), Ok(e164), "{} {example}", region.as_str());
        }
    }
}

#[test]
fn an_italian_number_keeps_its_zero() {
    assert_eq!(read("IT", "06 1234 5678").as_deref(), Ok("+390612345678"));
    assert_eq!(read("IT", "+39 06 1234 5678").as_deref(), Ok("+390612345678"));
}

#[test]
fn an_argentine_mobile_number_is_dialled_otherwise_from_abroad() {
    assert_eq!(read("AR", "011 15-3456-7890").as_deref(), Ok("+5491134567890"));
    assert_eq!(read("AR", "+54 9 11 3456 7890").as_deref(), Ok("+5491134567890"));
}

#[test]
fn a_number_of_another_region_is_invalid() {
    for (region, number) in [
        ("DE", "+1 520 878 2491"),
        ("DE", "+43 664 123456"),
        ("AT", "+49 221 123 123"),
        ("DE", "0043 664 123456"),
    ] {
        assert_eq!(read(region, number), Err(NumberError::Invalid), "{region} {number}");
    }
}

#[test]
fn regions_that_share_a_calling_code_are_distinguished() {
    for (number, of, not_of) in [
        ("+1 520 878 2491", "US", "CA"),
        ("520 878 2491", "US", "CA"),
        ("+1 613 782 7274", "CA", "US"),
        ("613 782 7274", "CA", "US"),
        ("+44 7400 123456", "GB", "GG"),
        ("+44 7781 123456", "GG", "GB"),
        ("+7 912 345 67 89", "RU", "KZ"),
        ("+7 771 000 9998", "KZ", "RU"),
    ] {
        assert!(read(of, number).is_ok(), "{number} is of {of}");
        assert_eq!(read(not_of, number), Err(NumberError::Invalid), "{number} is not of {not_of}");
    }
}

#[test]
fn invalid_number_is_rejected() {
    for number in [
        "",
        "+",
        "0",
        "12",
        "110",
        "0221",
        "0221 123 123 0000 0000",
        "0221 123 123 x5",
        "0221 123 123;ext=5",
        "tel:+49221123123",
        "tel:0221123123;phone-context=+49",
        ".;phone-context=",
        "0800-PIZZA-HUT",
        "++49221123123",
        "49+221123123",
        "+49221+123123",
        "(+)",
        "0221\u{2028}123123",
        "0221\u{200b}123123",
        "\u{202a}0221123123\u{202c}",
        "٠٢٢١١٢٣١٢٣",
        "0221\u{0}123123",
        "0221\n123123",
        "not a number",
    ] {
        assert_eq!(read("DE", number), Err(NumberError::Invalid), "{number:?}");
    }
}

#[test]
fn number_with_only_the_prefix_of_its_region_is_rejected() {
    assert!(read("MY", "012 345 6789").is_ok());
    assert_eq!(read("MY", "+60 1234576086"), Err(NumberError::Invalid), "a digit too many");
}

#[test]
fn a_number_is_no_longer_than_e164_allows() {
    // The plan of Germany has both.
    assert_eq!(read("DE", "0201 0000000000").as_deref(), Ok("+492010000000000"), "15 digits");
    assert_eq!(read("DE", "0201 000000000000"), Err(NumberError::Invalid), "17 digits");
}

#[test]
fn overlong_number_is_rejected_before_parsing() {
    let padded = |spaces| format!("0221{}123123", " ".repeat(spaces));
    assert!(read("DE", &padded(MAX_NUMBER_CHARS - 10)).is_ok());
    assert_eq!(read("DE", &padded(MAX_NUMBER_CHARS - 9)), Err(NumberError::TooLong));
    assert_eq!(read("DE", &"9".repeat(1_000_000)), Err(NumberError::TooLong));
}

#[test]
fn a_region_is_trimmed_and_read_in_any_case() {
    for text in ["DE", "de", " De ", "\tdE\n"] {
        assert_eq!(text.parse::<Region>().unwrap().as_str(), "DE", "{text:?}");
    }
}

#[test]
fn unknown_region_is_rejected() {
    for text in
        ["", "D", "DEU", "276", "49", "+49", "UK", "EU", "ZZ", "AC", "TA", "D3", "00", "é", "Ｄ"]
    {
        assert_eq!(text.parse::<Region>(), Err(UnknownRegion), "{text:?}");
    }
}

#[test]
fn regions_are_the_249_of_iso_3166_1_and_kosovo() {
    let letters = || (b'A'..=b'Z').map(char::from);
    let pairs = letters().flat_map(|one| letters().map(move |two| format!("{one}{two}")));
    assert_eq!(pairs.filter(|code| code.parse::<Region>().is_ok()).count(), 249 + 1);
}

#[test]
fn a_region_without_a_numbering_plan_has_no_numbers() {
    for region in WITHOUT_NUMBERS {
        assert_eq!(read(region, "+64 3 331 6005"), Err(NumberError::Invalid), "{region}");
    }
}

#[test]
fn the_example_of_a_plan_is_valid_in_it() {
    // Each sixth plan: compiling the patterns of all takes seconds.
    for region in regions_with_plans().into_iter().step_by(6) {
        let plan = region.plan().unwrap();
        let example = plan.descriptors().mobile().and_then(Descriptor::example).unwrap();
        let e164 = format!("+{}{example}", plan.country_code());
        assert_eq!(read(region.as_str(), &e164), Ok(e164), "{}", region.as_str());
    }
}

fn regions_with_plans() -> Vec<Region> {
    let mut codes: Vec<&str> = DATABASE.iter().map(Metadata::id).collect();
    codes.sort_unstable();
    codes.into_iter().filter_map(|code| code.parse().ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn hostile_text_never_panics(
        region in proptest::sample::select(regions_with_plans()),
        number in prop_oneof![
            any::<String>(),
            "[+0-9 ()./-]{0,40}",
            "(\\+|00|0|)[0-9]{1,20}",
            "(tel:)?[+0-9]{0,15}[;x#,=a-z+0-9-]{0,20}",
        ],
    ) {
        if let Ok(mobile) = Mobile::parse(region, &number) {
            prop_assert!(mobile.e164.starts_with('+') && mobile.e164.len() <= 16, "{mobile:?}");
            prop_assert!(mobile.e164.chars().skip(1).all(|char| char.is_ascii_digit()));
        }
    }

    #[test]
    fn region_is_two_capital_letters(text in any::<String>()) {
        if let Ok(region) = text.parse::<Region>() {
            prop_assert_eq!(region.as_str(), text.trim().to_ascii_uppercase());
        }
    }
}
