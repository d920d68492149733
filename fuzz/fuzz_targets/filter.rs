//! Every text is parsed as a filter or rejected. A parsed filter prints as a text
//! that parses to the same filter.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher::domain::filter::Filter;

fuzz_target!(|text: &str| match text.parse::<Filter>() {
    Ok(filter) => assert_eq!(filter.to_string().parse(), Ok(filter)),
    Err(error) => assert!(!error.to_string().is_empty()),
});
