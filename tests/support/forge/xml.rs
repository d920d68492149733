//! Elements in exclusive canonical form (Exclusive XML Canonicalization 1.0).

pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// An element with this content, which is XML already.
pub(crate) fn element(name: &str, attributes: &[(&str, &str)], content: &str) -> String {
    let mut attributes = attributes.to_vec();
    // Declarations first, then attributes without a namespace, then others.
    attributes
        .sort_by_key(|(name, _)| (!name.starts_with("xmlns"), name.contains(':'), name.to_owned()));
    let mut xml = format!("<{name}");
    for (name, value) in attributes {
        xml.push_str(&format!(" {name}=\"{}\"", attribute(value)));
    }
    xml + &format!(">{content}</{name}>")
}

/// A text as it stands between tags.
pub(crate) fn text(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\r', "&#xD;")
}

fn attribute(value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    value.replace('\t', "&#x9;").replace('\n', "&#xA;").replace('\r', "&#xD;")
}
