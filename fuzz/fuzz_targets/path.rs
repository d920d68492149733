//! Whatever is written as a path of a PATCH is read or refused; a name that is
//! read is read from its own printing as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher::scim::{
    error::Fault,
    path::{Target, target},
    schema::RESOURCE_TYPES,
};

fuzz_target!(|text: &str| {
    for kind in RESOURCE_TYPES {
        match target(kind, text, Fault::InvalidPath) {
            Ok(Target::Attribute { place, .. }) => {
                let name = place.name();
                let again = target(kind, &name, Fault::InvalidPath);
                let same = matches!(&again, Ok(Target::Attribute { place, .. }) if place.name() == name);
                assert!(same, "{name}: {again:?}");
            }
            Ok(Target::Extension(_)) => {}
            Err(why) => assert!(!why.detail.is_empty()),
        }
    }
});
