//! Properties of filters for any text.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

fn paths() -> impl Strategy<Value = Path> {
    // A leading `not` begins a negation, in any case.
    let names = || {
        "\\$?[a-zA-Z][a-zA-Z0-9_-]{0,8}"
            .prop_filter("no attribute", |n| !n.eq_ignore_ascii_case("not"))
    };
    let schemas = option::weighted(0.2, "urn(:[a-z]{1,4}){1,3}(:[0-9]\\.[0-9]:[A-Z][a-z]{1,5})?");
    (schemas, names(), option::weighted(0.3, names())).prop_map(|(schema, name, sub)| Path {
        schema,
        name,
        sub,
    })
}

fn values() -> impl Strategy<Value = Literal> {
    let numbers = prop_oneof![
        any::<i64>().prop_map(serde_json::Number::from),
        any::<u64>().prop_map(serde_json::Number::from),
        any::<f64>().prop_filter_map("not finite", serde_json::Number::from_f64),
    ];
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        numbers.prop_map(Literal::Number),
        any::<String>().prop_map(|text| Literal::Text(text.replace('\0', ""))),
        "[\"\\\\()\\[\\]\\n and]{0,9}".prop_map(Literal::Text),
    ]
}

fn terms() -> impl Strategy<Value = Filter> {
    let operators = select(Operator::ALL.to_vec());
    let compared = (paths(), operators, values())
        .prop_map(|(path, operator, value)| Filter::Compare { path, operator, value });
    prop_oneof![3 => compared, 1 => paths().prop_map(Filter::Present)]
}

fn joined(inner: impl Strategy<Value = Filter>) -> impl Strategy<Value = Filter> {
    (vec(inner, 2..4), any::<Option<bool>>()).prop_map(|(mut filters, how)| match how {
        Some(true) => Filter::And(filters),
        Some(false) => Filter::Or(filters),
        None => Filter::Not(Box::new(filters.swap_remove(0))),
    })
}

fn filters() -> impl Strategy<Value = Filter> {
    let plain = || terms().prop_recursive(3, 16, 3, joined);
    let within = (paths(), plain())
        .prop_map(|(path, filter)| Filter::Within { path, filter: Box::new(filter) });
    prop_oneof![4 => terms(), 1 => within].prop_recursive(3, 24, 3, joined)
}

/// Texts that are nearly filters.
fn scribbles() -> impl Strategy<Value = String> {
    let words = vec![
        "email", "eq", "not", "and", "or", "pr", "(", ")", "[", "]", "\"", "\\", "\"x\"", "1e",
        "-", "null", "true", "urn:a:b:", ".", " ", "\u{a0}", "é", "\0", "id pr", "a[b pr]",
    ];
    vec(prop_oneof![9 => select(words).prop_map(str::to_owned), 1 => any::<String>()], 0..40)
        .prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn printed_filter_parses_to_the_same_filter(filter in filters()) {
        let printed = filter.to_string();
        prop_assert_eq!(printed.parse(), Ok(filter), "{}", printed);
    }

    #[test]
    fn any_text_is_parsed_or_rejected(text in prop_oneof![scribbles(), any::<String>()]) {
        if let Ok(filter) = text.parse::<Filter>() {
            prop_assert_eq!(filter.to_string().parse(), Ok(filter.clone()));
            let _ = resolve::<Sample>(&filter)
                .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
    }
}

#[test]
fn hostile_nesting_is_rejected_without_stack_overflow() {
    for open in ["(", "not(", "not (", "a[", "a[(", "not(a[", "((not(", "[", ")", "\"", "\\", "-"] {
        let text: String = open.chars().cycle().take(MAX_CHARS).collect();
        assert!(text.parse::<Filter>().is_err(), "{open}");
    }
}
