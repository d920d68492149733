//! What each text means.

use super::*;

fn path(name: &str) -> Path {
    Path { schema: None, name: name.into(), sub: None }
}

fn comparison(name: &str, operator: Operator, value: Literal) -> Filter {
    Filter::Compare { path: path(name), operator, value }
}

fn pr(name: &str) -> Filter {
    Filter::Present(path(name))
}

fn no(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

#[test]
fn every_operator_is_read_in_any_case() {
    for operator in Operator::ALL {
        for written in [operator.as_str().to_owned(), operator.as_str().to_uppercase()] {
            let expected = comparison("email", operator, text("a"));
            assert_eq!(parse(&format!("email {written} \"a\"")), expected, "{written}");
        }
    }
    for written in ["pr", "PR", "Pr"] {
        assert_eq!(parse(&format!("email {written}")), pr("email"));
    }
}

#[test]
fn every_literal_of_json_is_read() {
    let number = |text: &str| Literal::Number(serde_json::from_str(text).expect("a number"));
    for (written, value) in [
        ("null", Literal::Null),
        ("true", Literal::Bool(true)),
        ("false", Literal::Bool(false)),
        ("0", number("0")),
        ("-12", number("-12")),
        ("1.50", number("1.5")),
        ("6E+2", number("600.0")),
        ("18446744073709551615", number("18446744073709551615")),
        (r#""""#, text("")),
        (r#""O'Neil (ops) [x] and not or""#, text("O'Neil (ops) [x] and not or")),
        (r#""a\"b\\c\/d\n\té\u00E9\uD83D\uDE00""#, text("a\"b\\c/d\n\téé😀")),
        (r#""\\""#, text("\\")),
    ] {
        assert_eq!(
            parse(&format!("x eq {written}")),
            comparison("x", Operator::Eq, value),
            "{written}"
        );
    }
}

#[test]
fn every_shape_of_a_name_is_read() {
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    for (written, schema, name, sub) in [
        ("userName", None, "userName", None),
        ("name.familyName", None, "name", Some("familyName")),
        ("members.$ref", None, "members", Some("$ref")),
        ("$ref", None, "$ref", None),
        ("x-y_2", None, "x-y_2", None),
        ("eq", None, "eq", None),
        ("and", None, "and", None),
        ("true", None, "true", None),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", Some(core), "userName", None),
        ("urn:ietf:params:scim:schemas:core:2.0:User:name.x", Some(core), "name", Some("x")),
    ] {
        let path = Path {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        };
        assert_eq!(path.to_string(), written);
        assert_eq!(parse(&format!("{written} pr")), Filter::Present(path), "{written}");
    }
}

#[test]
fn not_binds_tighter_than_and_and_that_tighter_than_or() {
    use Filter::{And, Or};
    let [a, b, c, d] = ["a", "b", "c", "d"].map(pr);
    let clones = || (a.clone(), b.clone(), c.clone(), d.clone());
    let (a1, b1, c1, d1) = clones();
    let (a2, b2, c2, d2) = clones();
    let (a3, b3, c3, _) = clones();
    for (written, filter) in [
        ("a pr or b pr and c pr or d pr", Or(vec![a1, And(vec![b1, c1]), d1])),
        ("(a pr or b pr) and (c pr or d pr)", And(vec![Or(vec![a2, b2]), Or(vec![c2, d2])])),
        ("not (a pr) and b pr or c pr", Or(vec![And(vec![no(a3), b3]), c3])),
        ("a pr and (b pr and c pr)", And(vec![a.clone(), And(vec![b.clone(), c.clone()])])),
        ("not (not (a pr or b pr))", no(no(Or(vec![a.clone(), b.clone()])))),
        ("a pr and b pr and c pr", And(vec![a.clone(), b.clone(), c.clone()])),
    ] {
        assert_eq!(parse(written), filter, "{written}");
        assert_eq!(filter.to_string(), written, "and is printed so");
    }
    for written in ["((a pr))", " ( a pr ) ", "\ta\r\npr\n", "(a PR)"] {
        assert_eq!(parse(written), a, "{written}");
    }
    assert_eq!(parse("NOT(a pr)AND b pr OR c pr"), parse("not (a pr) and b pr or c pr"));
}

#[test]
fn value_path_contains_a_filter() {
    let work = comparison("type", Operator::Eq, text("work"));
    let within = |filter| Filter::Within { path: path("emails"), filter: Box::new(filter) };
    let primary = comparison("primary", Operator::Eq, Literal::Bool(true));
    for (written, filter) in [
        (r#"emails[type eq "work"]"#, within(work.clone())),
        (r#"emails [ type eq "work" ]"#, within(work.clone())),
        (
            r#"emails[type eq "work" and not (primary eq true)]"#,
            within(Filter::And(vec![work.clone(), no(primary.clone())])),
        ),
        (r#"emails[(type eq "work")] or primary eq true"#, Filter::Or(vec![within(work), primary])),
    ] {
        assert_eq!(parse(written), filter, "{written}");
    }
}

/// Microsoft Entra ID matches users so by their address.
#[test]
fn sub_attribute_after_brackets_is_accepted_only_in_lenient_mode() {
    for (written, meant) in [
        (r#"emails[type eq "work"].value eq "x""#, r#"emails[type eq "work" and value eq "x"]"#),
        (
            r#"a pr and emails[type eq "work" or primary eq true].value pr"#,
            r#"a pr and emails[(type eq "work" or primary eq true) and value pr]"#,
        ),
        (r#"userName eq "x""#, r#"userName eq "x""#),
    ] {
        let filter = Filter::parse_leniently(written).unwrap();
        assert_eq!(filter.to_string(), parse(meant).to_string(), "{written}");
    }
    assert!(r#"emails[type eq "work"].value eq "x""#.parse::<Filter>().is_err());
    for written in [r#"a[b pr]."#, r#"a[b pr].c"#, r#"a[b pr].c[d pr]"#, r#"a[b[c pr].d pr]"#] {
        assert!(Filter::parse_leniently(written).is_err(), "{written}");
    }
}

/// The examples of RFC 7644, section 3.4.2.2.
#[test]
fn examples_of_the_standard_are_parsed() {
    for written in [
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "x.org")"#,
        r#"userType eq "Employee" and (emails.type eq "work")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@x.com"] or ims[type eq "xmpp" and value co "@f"]"#,
    ] {
        let filter = parse(written);
        assert_eq!(parse(&filter.to_string()), filter, "{written}");
    }
}
