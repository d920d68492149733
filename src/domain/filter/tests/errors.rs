//! The error of each text that can't be used.

use super::*;

fn error(text: &str) -> String {
    let [error] = errors(text).try_into().unwrap();
    error
}

fn errors(text: &str) -> Vec<String> {
    let filter = text.parse::<Filter>().map_err(|error| vec![error]);
    let errors = filter.and_then(|filter| resolve::<Sample>(&filter)).expect_err(text);
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn each_error_is_reported_once() {
    let text = "x eq 1 and not (status gt \"STAGED\" or x pr) and active eq \"yes\" and id pr";
    let parts = ["x pr", "status gt \"STAGED\"", "active eq \"yes\""].map(error);
    assert_eq!(errors(text), parts);
}

const TERM: &str = "an attribute, \"not\" or \"(\"";
const OPERATOR: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)";
const VALUE: &str = "a value: a text in double quotes, a number, true, false or null";
const NAME: &str = "a name such as email, name.familyName or urn:…:User:email";
const GROUP: &str = "\"(\" after \"not\"";
const END: &str = "\"and\", \"or\" or the end";
const CLOSE: &str = "\"and\", \"or\" or \")\"";
const BRACKET: &str = "\"and\", \"or\" or \"]\"";
const BAD_TEXT: &str = "a text with an escape or a character that JSON does not allow there";

#[test]
fn syntax_error_names_position_and_expectation() {
    for (text, at, found, expected) in [
        ("email", 6, "the end", OPERATOR),
        ("email is \"x\"", 7, "\"is\"", OPERATOR),
        ("email = \"x\"", 7, "\"=\"", OPERATOR),
        ("and", 4, "the end", OPERATOR),
        ("email eq", 9, "the end", VALUE),
        ("email eq  ", 11, "the end", VALUE),
        ("email eq x", 10, "\"x\"", VALUE),
        ("active eq True", 11, "\"True\"", VALUE),
        ("email eq 'x'", 10, "\"'\"", VALUE),
        ("email eq “x”", 10, "\"“\"", VALUE),
        ("email eq \"x", 10, "a text without its closing quote", VALUE),
        ("email eq \"x\\\"", 10, "a text without its closing quote", VALUE),
        ("email eq \"a\\x\"", 10, BAD_TEXT, VALUE),
        ("email eq \"a\\u0000\"", 10, BAD_TEXT, VALUE),
        ("email eq \"\\ud800\"", 10, BAD_TEXT, VALUE),
        ("email eq \"a\nb\"", 10, BAD_TEXT, VALUE),
        ("x gt 2026-11-23T08:00:00Z", 6, "\"2026-11-23T08:00:00Z\", which is not a number", VALUE),
        ("x eq 007", 6, "\"007\", which is not a number", VALUE),
        ("x eq 1e999", 6, "\"1e999\", which is not a number", VALUE),
        ("x eq - 1", 6, "\"-\", which is not a number", VALUE),
        ("email pr and", 13, "the end", TERM),
        ("email pr or or", 15, "the end", OPERATOR),
        ("()", 2, "\")\"", TERM),
        ("é eq \"x\"", 1, "\"é\"", TERM),
        ("\"é\" eq email", 1, "the text \"é\"", TERM),
        ("5 eq \"x\"", 1, "the number 5", TERM),
        (".a pr", 1, "\".\"", TERM),
        (":a pr", 1, "\":\"", TERM),
        ("emails[]", 8, "\"]\"", TERM),
        ("x eq \"éé\" email pr", 11, "\"email\"", END),
        ("email pr, id pr", 9, "\",\"", END),
        ("email pr && id pr", 10, "\"&\"", END),
        ("email pr)", 9, "\")\"", END),
        ("(email pr))", 11, "\")\"", END),
        ("emails[type pr].value eq \"x\"", 16, "\".\"", END),
        ("(email pr", 10, "the end", CLOSE),
        ("(email pr]", 10, "\"]\"", CLOSE),
        ("emails[type pr", 15, "the end", BRACKET),
        ("emails[type pr)", 15, "\")\"", BRACKET),
        ("emails[type[x pr]]", 12, "\"[\"", OPERATOR),
        ("emails[(type[x pr])]", 13, "\"[\"", OPERATOR),
        ("not", 4, "the end", GROUP),
        ("not email pr", 5, "\"email\"", GROUP),
        ("not not (email pr)", 5, "\"not\"", GROUP),
        ("a.b.c pr", 1, "\"a.b.c\"", NAME),
        ("id pr and a. pr", 11, "\"a.\"", NAME),
        ("urn:a pr", 1, "\"urn:a\"", NAME),
        ("urn:a::b pr", 1, "\"urn:a::b\"", NAME),
        ("a.5 pr", 1, "\"a.5\"", NAME),
    ] {
        let message =
            format!("can't be read at character {at}: found {found}, expected {expected}");
        assert_eq!(error(text), message, "{text}");
    }
    let long = format!("x eq \"{}\" {}", "y".repeat(100), "z".repeat(100));
    let body = format!("found \"{}…\",", "z".repeat(80));
    assert!(error(&long).contains(&body), "what is long is cut");
}

#[test]
fn empty_filter_is_an_error_with_a_remedy() {
    for text in ["", " ", "\t\r\n"] {
        let message = "is empty: write a comparison such as name eq \"Ops\", or leave it out";
        assert_eq!(error(text), message, "{text:?}");
    }
}

#[test]
fn unusable_attribute_operator_or_value_is_an_error_with_a_remedy() {
    let list = "id, email, name.familyName, position, externalId, connection.id, status, active, \
                createdAt, lastLoginAt";
    let (time, text) = ("a time such as \"2026-11-23T08:00:00Z\"", "a text in double quotes");
    let unknown = |name: &str, meant: &str| {
        format!("asks for {name:?}, which is not an attribute of people{meant}: use one of {list}")
    };
    let operator = |name: &str, operator: &str, usable: &str| {
        format!("compares {name:?} by {operator}: use {usable}")
    };
    let value = |name: &str, value: &str, expected: &str| {
        format!("compares {name:?} with {value}: use {expected}")
    };
    let moments = "eq, ne, gt, ge, lt, le or pr";
    for (input, message) in [
        ("emial eq \"x\"", unknown("emial", " (did you mean \"email\"?)")),
        ("email pr and NickName pr", unknown("NickName", "")),
        ("name eq \"x\"", unknown("name", "")),
        ("email.value pr", unknown("email.value", "")),
        (
            "urn:x:y:email pr",
            "names a schema in \"urn:x:y:email\", which is not supported here. Remove the schema"
                .to_owned(),
        ),
        (
            "id pr or email[type pr]",
            "has brackets after \"email\", which are not supported here. Remove the brackets"
                .to_owned(),
        ),
        ("ID co \"x\"", operator("id", "co", "eq, ne or pr")),
        ("not (status GT \"ACTIVE\")", operator("status", "gt", "eq, ne or pr")),
        ("active le true", operator("active", "le", "eq, ne or pr")),
        ("createdAt co \"2026\"", operator("createdAt", "co", moments)),
        ("createdAt sw \"2026\"", operator("createdAt", "sw", moments)),
        ("createdAt ew \"Z\"", operator("createdAt", "ew", moments)),
        ("email eq 1", value("email", "1", text)),
        ("email ne true", value("email", "true", text)),
        ("externalId gt null", value("externalId", "null", text)),
        ("id eq 1", value("id", "1", "an ID in double quotes")),
        ("status eq \"GONE\"", value("status", "\"GONE\"", "one of \"STAGED\", \"ACTIVE\"")),
        ("active eq \"true\"", value("active", "\"true\"", "true or false, without quotes")),
        ("createdAt gt \"2026-11-23\"", value("createdAt", "\"2026-11-23\"", time)),
        ("createdAt gt 1732348800", value("createdAt", "1732348800", time)),
        ("createdAt lt null", value("createdAt", "null", time)),
    ] {
        assert_eq!(error(input), message, "{input}");
    }
}

#[test]
fn a_filter_is_bounded_in_length_depth_and_terms() {
    let padded = |chars: usize| format!("{:chars$}", "id pr");
    assert!(padded(MAX_CHARS).parse::<Filter>().is_ok());
    assert_eq!(padded(MAX_CHARS + 1).parse::<Filter>(), Err(FilterError::TooLong));

    let nested = |open: &str, close: &str, depth| {
        format!("{}id pr{}", open.repeat(depth), close.repeat(depth)).parse::<Filter>()
    };
    for (open, at) in [("(", MAX_DEPTH + 1), ("not (", 5 * (MAX_DEPTH + 1)), ("NOT(", 68)] {
        assert!(nested(open, ")", MAX_DEPTH).is_ok(), "{open}");
        assert_eq!(nested(open, ")", MAX_DEPTH + 1), Err(FilterError::TooDeep { at }), "{open}");
    }
    let bracket = nested(&format!("{}a[", "(".repeat(MAX_DEPTH)), "]", 1);
    assert_eq!(bracket, Err(FilterError::TooDeep { at: MAX_DEPTH + 2 }));

    let joined = |word: &str, terms| vec!["id pr"; terms].join(word).parse::<Filter>();
    for word in [" and ", " or "] {
        assert!(joined(word, MAX_TERMS).is_ok());
        let at = MAX_TERMS * ("id pr".len() + word.len()) + 1;
        assert_eq!(joined(word, MAX_TERMS + 1), Err(FilterError::TooManyTerms { at }));
    }
    let beside = format!("a[{}] and id pr", vec!["b pr"; MAX_TERMS].join(" or "));
    assert!(matches!(beside.parse::<Filter>(), Err(FilterError::TooManyTerms { .. })));
}

#[test]
fn errors_name_the_bounds() {
    let error = |error: FilterError| error.to_string();
    assert_eq!(error(FilterError::TooLong), "is longer than 4096 characters");
    assert_eq!(
        error(FilterError::TooDeep { at: 17 }),
        "nests more than 16 parentheses and brackets at character 17"
    );
    assert_eq!(
        error(FilterError::TooManyTerms { at: 577 }),
        "has more than 64 comparisons: one too many begins at character 577"
    );
}
