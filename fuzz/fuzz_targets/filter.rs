//! Whatever is written as a filter is read or refused; what is read is printed
//! as a text that is read as the same filter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher::domain::filter::Filter;

fuzz_target!(|text: &str| match text.parse::<Filter>() {
    Ok(filter) => assert_eq!(filter.to_string().parse(), Ok(filter)),
    Err(fault) => assert!(!fault.to_string().is_empty()),
});
