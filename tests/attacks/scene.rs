//! Where an attack takes place, and what comes out of it.

use std::{io::ErrorKind, net::TcpListener};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::x509::X509;

use crate::forge::{
    Algorithm, Assertion, Hash, Key, MessageContext, Response,
    message::{Signed, valid},
};

/// Who the attacker is to the identity provider.
pub(crate) const SELF: &str = "mallory@example.com";
/// Who the attacker wants to be.
pub(crate) const VICTIM: &str = "victim@example.com";

/// RSA with SHA-256.
pub(crate) const RSA: Algorithm = Algorithm::Rsa(Hash::Sha256);

/// All that an attacker can know, and what the identity provider has.
pub(crate) struct AttackScene {
    pub(crate) context: MessageContext,
    /// The identity provider's key: the attacker has seen what it signs, and
    /// signs nothing with it that the identity provider would not.
    pub(crate) idp: Key,
    /// The service provider's certificate for encryption.
    pub(crate) encryption: X509,
}

/// A message that was forged.
pub(crate) struct ForgedMessage {
    /// The form field `SAMLResponse`; `None`: the field is left out.
    pub(crate) field: Option<String>,
    /// Where the message would have the program call, if it does.
    pub(crate) listener: Option<TcpListener>,
}

impl AttackScene {
    /// A valid response about the attacker, signed by the identity provider.
    pub(crate) fn valid_response(&self, signed: Signed) -> String {
        valid(&self.context, SELF, &self.idp, RSA, signed)
    }

    /// A valid assertion about the attacker.
    pub(crate) fn assertion(&self) -> Assertion {
        Assertion::valid(&self.context, SELF)
    }

    /// An assertion that nobody signed, about the victim.
    pub(crate) fn unsigned_assertion(&self) -> Assertion {
        Assertion { id: "_evil".into(), ..Assertion::valid(&self.context, VICTIM) }
    }

    /// A response around this.
    pub(crate) fn response(&self, content: impl Into<String>) -> Response {
        Response::valid(&self.context, content.into())
    }

    /// The attacker's own key.
    pub(crate) fn attacker(&self) -> Key {
        Key::attacker(self.context.now)
    }
}

impl ForgedMessage {
    /// This field, as it is.
    pub(crate) fn from_field(field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), listener: None }
    }

    /// These bytes in base64.
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self::from_field(STANDARD.encode(bytes))
    }

    /// A document with an address of a listener of ours in place of `LISTENER`.
    pub(crate) fn calling(xml: impl FnOnce(&str) -> String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}/called", listener.local_addr().unwrap());
        Self { listener: Some(listener), ..Self::from(xml(&address)) }
    }

    /// Whether somebody has called at the listener.
    pub(crate) fn was_called(&self) -> bool {
        self.listener.as_ref().is_some_and(|listener| {
            !matches!(listener.accept(), Err(error) if error.kind() == ErrorKind::WouldBlock)
        })
    }
}

impl From<String> for ForgedMessage {
    fn from(xml: String) -> Self {
        Self::bytes(xml.as_bytes())
    }
}

/// The text with something in it replaced, which must be there.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "nothing to replace: {from} in {text}");
    text.replace(from, to)
}

/// The first element of this name with all that is in it.
pub(crate) fn find_element<'a>(xml: &'a str, name: &str) -> &'a str {
    let start = [format!("<{name}>"), format!("<{name} ")];
    let start = start.iter().filter_map(|start| xml.find(start)).min().unwrap();
    let end = format!("</{name}>");
    let length = xml[start..].find(&end).unwrap() + end.len();
    &xml[start..start + length]
}
