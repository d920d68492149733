//! The canonical form: that of the standards' examples, and that of libxml2 for
//! documents of every kind.

use std::ops::Range;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::sha::sha256;
use roxmltree::Document;

use super::{
    generated_xml::Generator,
    kit::{EC_KEY, sign},
};
use crate::saml::{names::EXC_C14N, response::signature::c14n::canonicalize, xml};

/// How many documents are compared with libxml2, unless the environment says how many.
const DOCUMENTS: usize = 4_000;

/// How many documents one signature of the XML security library covers.
const TOGETHER: usize = 10;

fn ranges<'a>(document: &'a Document<'_>, name: &'a str) -> impl Iterator<Item = Range<usize>> {
    let nodes = document.descendants().filter(move |node| node.tag_name().name() == name);
    nodes.map(|node| node.range())
}

/// The canonical form of the first element `e`, without the first element `gone`.
fn canonical(text: &str, prefixes: &[&str]) -> Option<String> {
    let document = xml::parse(text).unwrap();
    let apex = ranges(&document, "e").next().unwrap();
    let excluded = ranges(&document, "gone").next();
    let prefixes: Vec<_> = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
    canonicalize(text, &apex, excluded.as_ref(), &prefixes)
}

/// Elements side by side repeat the declarations that they use.
#[test]
fn canonical_form_is_bounded() {
    let namespaces =
        ["p", "q", "r"].map(|prefix| format!("xmlns:{prefix}='urn:{}'", "n".repeat(8_000)));
    let document = |count| {
        let items = "<r:x p:a='' q:b=''/>".repeat(count);
        format!("<o {}><e>{items}</e></o>", namespaces.join(" "))
    };
    let form = canonical(&document(40), &[]).unwrap();
    assert!(form.len() > 900_000, "{}", form.len());
    assert_eq!(canonical(&document(2_900), &[]), None);
}

#[test]
fn canonical_form_matches_the_examples_of_the_standards() {
    for (text, prefixes, expected) in [
        // Canonical XML 1.0, 3.3: start and end tags.
        ("<e/>", &[][..], "<e></e>"),
        ("<e  b='2'\n a=\"1\" />", &[], r#"<e a="1" b="2"></e>"#),
        (
            "<e b:y='1' a:z=\"2\" x='3' i=\"I'm\"\n xmlns:b='urn:b'\n xmlns:a=\"urn:a\" xmlns='urn:d'/>",
            &[],
            r#"<e xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b" i="I'm" x="3" a:z="2" b:y="1"></e>"#,
        ),
        (
            r#"<e xmlns="" xmlns:a="urn:1"><f xmlns="urn:2"><g xmlns="" xmlns:a="urn:1"><h xmlns="" xmlns:a="urn:2"/></g></f></e>"#,
            &[],
            r#"<e><f xmlns="urn:2"><g xmlns=""><h></h></g></f></e>"#,
        ),
        // 3.4: characters.
        (
            "<e a=\"&lt;&amp;&quot;&#9;&#10;&#13;'&gt;\t\r\n\">&lt;&amp;\"&#13;\r\n<![CDATA[<&>\r]]></e>",
            &[],
            "<e a=\"&lt;&amp;&quot;&#x9;&#xA;&#xD;'>  \">&lt;&amp;\"&#xD;\n&lt;&amp;&gt;\n</e>",
        ),
        (
            "<e a=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '>&#x32;</e>",
            &[],
            "<e a=\" '    &#xD;&#xA;&#x9;   ' \">2</e>",
        ),
        (
            "<e a='value>\"0\" &amp;&amp; value&lt;\"10\"'/>",
            &[],
            r#"<e a="value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot;"></e>"#,
        ),
        // 3.6: UTF-8.
        (
            r#"<e xml:lang="de" a="é😀">&#169;&#x1F600;</e>"#,
            &[],
            r#"<e a="é😀" xml:lang="de">©😀</e>"#,
        ),
        // Exclusive XML Canonicalization 1.0, 2.1 and 2.2: what is around is left out.
        (
            r#"<n0:r xmlns:n0="urn:0" xmlns:n3="urn:3"><n1:e xmlns:n1="urn:1" xml:lang="en"><n3:f/></n1:e></n0:r>"#,
            &[],
            r#"<n1:e xmlns:n1="urn:1" xml:lang="en"><n3:f xmlns:n3="urn:3"></n3:f></n1:e>"#,
        ),
        (
            r#"<n2:r xmlns:n0="urn:4" xmlns:n2="urn:2" xml:lang="fr"><n1:e xmlns:n1="urn:1"><n1:f/></n1:e></n2:r>"#,
            &[],
            r#"<n1:e xmlns:n1="urn:1"><n1:f></n1:f></n1:e>"#,
        ),
        // 3: listed prefixes are declared where they are in scope.
        (
            r#"<r xmlns="urn:d" xmlns:xs="urn:xs" xmlns:o="urn:o"><p:e xmlns:p="urn:p"><p:f/></p:e></r>"#,
            &["xs", "none", "xml"],
            r#"<p:e xmlns:p="urn:p" xmlns:xs="urn:xs"><p:f></p:f></p:e>"#,
        ),
        (
            r#"<r xmlns="urn:d"><p:e xmlns:p="urn:p"><p:f xmlns=""/></p:e></r>"#,
            &["#default"],
            r#"<p:e xmlns="urn:d" xmlns:p="urn:p"><p:f xmlns=""></p:f></p:e>"#,
        ),
        // The test cases of the W3C's namespaces (c14n-20: pushed down, redeclared,
        // sorted, superfluous).
        (
            r#"<a:e xmlns:a="urn:a" xmlns:b="urn:b" xmlns:c="urn:c"><b:f/><b:f/><a:g b:z="1"/></a:e>"#,
            &[],
            r#"<a:e xmlns:a="urn:a"><b:f xmlns:b="urn:b"></b:f><b:f xmlns:b="urn:b"></b:f><a:g xmlns:b="urn:b" b:z="1"></a:g></a:e>"#,
        ),
        (
            r#"<e xmlns:a="urn:3" xmlns:b="urn:2" a:x="1" b:y="2"><f xmlns="urn:0" xmlns:a="urn:2" a:x="1" b:y="2" xmlns:b="urn:3"/></e>"#,
            &[],
            r#"<e xmlns:a="urn:3" xmlns:b="urn:2" b:y="2" a:x="1"><f xmlns="urn:0" xmlns:a="urn:2" xmlns:b="urn:3" a:x="1" b:y="2"></f></e>"#,
        ),
        (
            r#"<e xmlns:a="urn:0" xmlns:b="urn:0" a:x="1" b:y="2" xmlns="urn:0"><c:f xmlns:a="urn:0" xmlns:c="urn:0" c:z="3"/></e>"#,
            &[],
            r#"<e xmlns="urn:0" xmlns:a="urn:0" xmlns:b="urn:0" a:x="1" b:y="2"><c:f xmlns:c="urn:0" c:z="3"></c:f></e>"#,
        ),
        // What is left out takes nothing else with it.
        ("<e> <gone><e/></gone>\n<f/> </e>", &[], "<e> \n<f></f> </e>"),
        ("<r><e> <gone/>\n<f/> </e></r>", &[], "<e> \n<f></f> </e>"),
    ] {
        assert_eq!(canonical(text, prefixes).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_the_gate_rejects_has_no_canonical_form() {
    for text in [
        "<e><!-- --></e>",
        "<e><?x?></e>",
        r#"<e xmlns="relative"/>"#,
        r#"<e xmlns:p="urn:a&amp;b"/>"#,
        r#"<e><f xmlns:p="http://host:port/"/></e>"#,
    ] {
        assert_eq!(canonical(text, &[]), None, "{text}");
    }
    let text = "<r><e>text</e></r>";
    for place in [0..3, 4..10, 3..13, 6..10, 100..200] {
        assert_eq!(canonicalize(text, &place, None, &[]), None, "{place:?}");
    }
}

/// What the XML security library digests of each of some elements, base64.
fn library_digests(documents: &[(String, Vec<String>)]) -> (String, Vec<String>) {
    let references: String = documents
        .iter()
        .enumerate()
        .map(|(number, (_, prefixes))| {
            let list = match prefixes.join(" ") {
                none if none.is_empty() => none,
                list => format!(
                    r#"<ec:InclusiveNamespaces xmlns:ec="{EXC_C14N}" PrefixList="{list}"/>"#
                ),
            };
            format!(
                r##"<ds:Reference URI="#_{number}"><ds:Transforms><ds:Transform Algorithm="{EXC_C14N}">{list}</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>"##
            )
        })
        .collect();
    let template = format!(
        r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>{references}</ds:SignedInfo><ds:SignatureValue/></ds:Signature>"#
    );
    let all: String = documents
        .iter()
        .enumerate()
        .map(|(number, (document, _))| document.replace("APEX", &format!("_{number}")))
        .collect();
    let text = format!("<all>{template}{all}</all>");
    let signed = sign(&text, &EC_KEY);
    let digests = signed.split("<ds:DigestValue>").skip(1);
    let digests = digests.map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect();
    (text, digests)
}

/// Run a million once: `USHER_TEST_DOCUMENTS=1000000 cargo test --release --lib libxml2`.
#[test]
fn generated_documents_have_the_canonical_form_of_libxml2() {
    let count = std::env::var("USHER_TEST_DOCUMENTS").ok();
    let count = count.map_or(DOCUMENTS, |count| count.parse().unwrap());
    let mut generator = Generator::new(1);
    for _ in 0..count / TOGETHER {
        let documents: Vec<_> = (0..TOGETHER).map(|_| generator.document()).collect();
        let (text, digests) = library_digests(&documents);
        let tree = xml::parse(&text).unwrap();
        for (number, ((document, prefixes), digest)) in documents.iter().zip(&digests).enumerate() {
            let id = format!("_{number}");
            let apex = tree.descendants().find(|node| node.attribute("ID") == Some(&id)).unwrap();
            let own = canonicalize(&text, &apex.range(), None, prefixes);
            let own = own.unwrap_or_else(|| panic!("{document:?} {prefixes:?}"));
            let own_digest = STANDARD.encode(sha256(own.as_bytes()));
            assert_eq!(&own_digest, digest, "{document:?} {prefixes:?} {own:?}");
        }
        assert_eq!(digests.len(), TOGETHER);
    }
}
