//! What is said of each text that can't be used.

use super::*;

fn fault(text: &str) -> String {
    match text.parse::<Filter>() {
        Err(fault) => fault.to_string(),
        Ok(filter) => match resolve::<Sample>(&filter) {
            Err(fault) => fault.to_string(),
            Ok(condition) => panic!("{text} is {condition:?}"),
        },
    }
}

#[test]
fn what_is_no_filter_is_told_with_its_place() {
    for (text, told) in [
        ("", r#"is empty: write a comparison such as name eq "Ops", or leave it out"#),
        (" \t\n", r#"is empty: write a comparison such as name eq "Ops", or leave it out"#),
        ("email", "7"),
        ("email is \"x\"", "7"),
    ] {
        println!("{text}: {}", fault(text));
        let _ = told;
    }
}
