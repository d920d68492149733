//! Metadata files in other encodings, and files that are not metadata.

use super::{kit::now, metadata::usual_metadata};
use crate::saml::metadata::{MetadataError, decode, parse_identity_provider};

const NAME: &str = "https://idp.example.com/K\u{f6}ln";

/// Metadata with an entity ID that is not ASCII, and this declaration.
fn metadata_with_declaration(declaration: &str) -> String {
    let usual = usual_metadata().replace("https://idp.example.com/metadata", NAME);
    assert!(usual.contains(NAME));
    format!("{declaration}{usual}")
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn utf32(text: &str, bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
    text.chars().map(u32::from).flat_map(bytes).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
}

fn entity_id(bytes: &[u8]) -> Result<String, MetadataError> {
    parse_identity_provider(&decode(bytes)?, None, now()).map(|idp| idp.entity_id)
}

#[test]
fn metadata_is_read_in_the_encoding_that_it_names() {
    let xml = |encoding: &str| {
        metadata_with_declaration(&format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>"))
    };
    let marked = |text: &str| format!("\u{feff}{text}");
    for (name, bytes) in [
        ("UTF-8", metadata_with_declaration("").into_bytes()),
        ("UTF-8, declared", xml("UTF-8").into_bytes()),
        ("UTF-8 with a mark", marked(&xml("utf-8")).into_bytes()),
        ("UTF-8 that says UTF-16", xml("utf-16").into_bytes()),
        ("UTF-16LE with a mark", utf16(&marked(&xml("UTF-16")), u16::to_le_bytes)),
        ("UTF-16BE with a mark", utf16(&marked(&xml("UTF-16")), u16::to_be_bytes)),
        (
            "UTF-16LE with a mark, undeclared",
            utf16(&marked(&metadata_with_declaration("")), u16::to_le_bytes),
        ),
        ("UTF-16LE that says UTF-8", utf16(&marked(&xml("utf-8")), u16::to_le_bytes)),
        ("UTF-16LE without a mark", utf16(&xml("UTF-16"), u16::to_le_bytes)),
        ("UTF-16BE without a mark", utf16(&xml("UTF-16BE"), u16::to_be_bytes)),
        ("ISO-8859-1", latin1(&xml("ISO-8859-1"))),
        ("iso-8859-1", latin1(&xml("iso-8859-1"))),
        (
            "ISO-8859-1, single quotes",
            latin1(&metadata_with_declaration("<?xml version='1.0' encoding = 'ISO-8859-1' ?>\n")),
        ),
        ("ISO8859_1", latin1(&xml("ISO8859_1"))),
        ("iso_8859-1", latin1(&xml("iso_8859-1"))),
        ("latin1", latin1(&xml("latin1"))),
        ("Cp1252", latin1(&xml("Cp1252"))),
        ("windows_1252", latin1(&xml("windows_1252"))),
        ("UTF8", xml("UTF8").into_bytes()),
        ("UTF-8 that says UTF-32", xml("UTF-32").into_bytes()),
        ("UTF-32LE with a mark", utf32(&marked(&xml("UTF-32")), u32::to_le_bytes)),
        ("UTF-32BE with a mark", utf32(&marked(&xml("UTF-32")), u32::to_be_bytes)),
        ("UTF-32LE without a mark", utf32(&xml("UTF-32LE"), u32::to_le_bytes)),
        ("UTF-32BE without a mark", utf32(&xml("utf-8"), u32::to_be_bytes)),
        ("XML 1.1", metadata_with_declaration("<?xml version=\"1.1\"?>").into_bytes()),
        (
            "XML 1.1 in ISO-8859-1",
            latin1(&metadata_with_declaration("<?xml version='1.1' encoding='latin1'?>")),
        ),
        ("windows-1252", latin1(&xml("windows-1252"))),
        ("ISO-8859-15", latin1(&xml("ISO-8859-15"))),
    ] {
        assert_eq!(entity_id(&bytes).unwrap(), NAME, "{name}");
    }
    for label in ["US-ASCII", "us_ascii", "ASCII", "ANSI_X3.4-1968"] {
        let ascii = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{}", usual_metadata());
        assert!(entity_id(ascii.as_bytes()).is_ok(), "{label}");
    }
    // A text was decoded by its sender.
    for encoding in ["ISO-8859-1", "UTF-16", "US-ASCII", "Shift_JIS"] {
        assert_eq!(parse_identity_provider(&xml(encoding), None, now()).unwrap().entity_id, NAME);
    }
}

#[test]
fn bytes_that_are_not_in_the_declared_encoding_are_rejected() {
    let xml = |encoding: &str| {
        metadata_with_declaration(&format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>"))
    };
    for (bytes, why) in [
        (latin1(&xml("UTF-8")), "UTF-8"),
        (latin1(&metadata_with_declaration("")), "UTF-8"),
        (latin1(&xml("US-ASCII")), "US-ASCII"),
        (xml("US-ASCII").into_bytes(), "US-ASCII"),
        (xml("Shift_JIS").into_bytes(), "Shift_JIS"),
        (xml("ISO-2022-JP").into_bytes(), "ISO-2022-JP"),
        (xml("UTF-7").into_bytes(), "UTF-7"),
        (xml("klingon").into_bytes(), "klingon"),
        (b"\xff\xfe<\0\x00\xd8".to_vec(), "UTF-16LE"),
        (b"\xff\xfe\0\0<\0\0\0\0\xd8\0\0".to_vec(), "UTF-32"),
        (b"\xff\xfe\0\0<\0\0\0?".to_vec(), "UTF-32"),
        (b"\x4c\x6f\xa7\x94\x93".to_vec(), "EBCDIC"),
    ] {
        let error = decode(&bytes).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
    }
}

#[test]
fn unknown_version_of_xml_is_named() {
    let xml = metadata_with_declaration("<?xml version=\"2.0\"?>");
    let error = entity_id(xml.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("version 2.0"), "{error}");
    assert!(error.remedy().contains("XML 1.0"), "{}", error.remedy());
}

#[test]
fn kind_of_a_file_that_is_not_metadata_is_reported() {
    for (text, why) in [
        ("", "empty"),
        (" \n", "empty"),
        ("-----BEGIN CERTIFICATE-----\nMII", "a certificate: provide it as a certificate"),
        ("MIIDazCCAlOgAwIBAgIU", "a certificate"),
        ("-----BEGIN PRIVATE KEY-----\nMII", "a private key: keep it secret"),
        ("https://idp.example/metadata", "a URL: download the metadata"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ("<html><body>Sign in</body></html>", "an HTML page"),
        ("{\"issuer\": \"https://idp.example\"}", "JSON"),
        ("<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>", "<Response>"),
    ] {
        let error = parse_identity_provider(text, None, now()).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let sp = usual_metadata().replace("IDPSSODescriptor", "SPSSODescriptor");
    let error = parse_identity_provider(&sp, None, now()).unwrap_err();
    assert!(matches!(error, MetadataError::ServiceProvider(_)), "{error}");
    assert!(error.to_string().contains("Provide the metadata of the identity provider"), "{error}");
}
