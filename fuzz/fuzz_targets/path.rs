//! Every text is parsed as a path of a PATCH or rejected. The name of a parsed
//! path parses to the same path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use usher::scim::{
    error::ScimErrorType,
    path::{PathTarget, parse_target},
    schema::RESOURCE_TYPES,
};

fuzz_target!(|text: &str| {
    for kind in RESOURCE_TYPES {
        match parse_target(kind, text, ScimErrorType::InvalidPath) {
            Ok(PathTarget::Attribute { path, .. }) => {
                let name = path.name();
                let again = parse_target(kind, &name, ScimErrorType::InvalidPath);
                let same = matches!(&again, Ok(PathTarget::Attribute { path, .. }) if path.name() == name);
                assert!(same, "{name}: {again:?}");
            }
            Ok(PathTarget::Core | PathTarget::Extension(_) | PathTarget::NotStored) => {}
            Err(why) => assert!(!why.detail.is_empty()),
        }
    }
});
