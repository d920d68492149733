//! The template of a signature, which XMLSec fills in.

use quick_xml::{Writer, events::BytesText};

const XMLDSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// A document that is being written.
pub(super) type Xml = Writer<Vec<u8>>;

/// Writes the template of an enveloped signature (XML Signature 6.6.4): XMLSec
/// fills in the digest and the signature value.
pub(super) fn write_signature(
    writer: &mut Xml,
    id: &str,
    certificate: &str,
) -> std::io::Result<()> {
    writer
        .create_element("ds:Signature")
        .with_attribute(("xmlns:ds", XMLDSIG))
        .write_inner_content(|writer| {
            writer.create_element("ds:SignedInfo").write_inner_content(|writer| {
                write_algorithm(writer, "ds:CanonicalizationMethod", EXCLUSIVE_C14N)?;
                write_algorithm(writer, "ds:SignatureMethod", RSA_SHA256)?;
                writer
                    .create_element("ds:Reference")
                    .with_attribute(("URI", format!("#{id}").as_str()))
                    .write_inner_content(|writer| {
                        writer.create_element("ds:Transforms").write_inner_content(|writer| {
                            write_algorithm(writer, "ds:Transform", ENVELOPED)?;
                            write_algorithm(writer, "ds:Transform", EXCLUSIVE_C14N)
                        })?;
                        write_algorithm(writer, "ds:DigestMethod", SHA256)?;
                        writer.create_element("ds:DigestValue").write_empty()?;
                        Ok(())
                    })?;
                Ok(())
            })?;
            writer.create_element("ds:SignatureValue").write_empty()?;
            write_key_info(writer, certificate)
        })?;
    Ok(())
}

fn write_algorithm(writer: &mut Xml, element: &str, algorithm: &str) -> std::io::Result<()> {
    writer.create_element(element).with_attribute(("Algorithm", algorithm)).write_empty()?;
    Ok(())
}

/// Writes a `KeyInfo` with a certificate, which brings its own namespace.
pub(super) fn write_key_info(writer: &mut Xml, certificate: &str) -> std::io::Result<()> {
    writer.create_element("ds:KeyInfo").with_attribute(("xmlns:ds", XMLDSIG)).write_inner_content(
        |writer| {
            writer.create_element("ds:X509Data").write_inner_content(|writer| {
                writer
                    .create_element("ds:X509Certificate")
                    .write_text_content(BytesText::new(certificate))?;
                Ok(())
            })?;
            Ok(())
        },
    )?;
    Ok(())
}
