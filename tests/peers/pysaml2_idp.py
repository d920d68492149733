"""An identity provider made of pysaml2, as a program: one job in, one answer out.

Reads a JSON job from standard input and writes a JSON answer to standard
output. See README.md beside this file for both.
"""

import base64
import json
import logging
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_BASIC, NAMEID_FORMAT_EMAILADDRESS, NameID
from saml2.server import Server
from saml2.sigver import get_pem_wrapped_unwrapped, make_temp, pre_encryption_part
from saml2.xmldsig import DIGEST_SHA256, DIGEST_SHA512, SIG_ECDSA_SHA256, SIG_RSA_SHA256, SIG_RSA_SHA512

logging.basicConfig(stream=sys.stderr, level=logging.WARNING)

# What the job calls the cipher: its name in XML Encryption, and what pysaml2
# asks the xmlsec1 program for as session key.
CIPHERS = {
    "aes128-gcm": ("http://www.w3.org/2009/xmlenc11#aes128-gcm", "aes-128"),
    "aes256-gcm": ("http://www.w3.org/2009/xmlenc11#aes256-gcm", "aes-256"),
}


# What the job calls the algorithm: of the signature, and of the digest.
SIGNATURES = {
    "rsa-sha256": (SIG_RSA_SHA256, DIGEST_SHA256),
    "rsa-sha512": (SIG_RSA_SHA512, DIGEST_SHA512),
    "ecdsa-sha256": (SIG_ECDSA_SHA256, DIGEST_SHA256),
}


class IdentityProvider(Server):
    """pysaml2's server, with the cipher as a choice.

    pysaml2 encrypts with triple DES unless its own `_encrypt_assertion` is
    replaced; everything that it calls takes the cipher as an argument.
    """

    cipher = None

    def _encrypt_assertion(self, encrypt_cert, sp_entity_id, response, node_xpath=None):
        algorithm, session_key = CIPHERS[self.cipher]
        name, cert = self.metadata.certs(sp_entity_id, "any", "encryption")[0]
        wrapped, bare = get_pem_wrapped_unwrapped(cert)
        recipient = make_temp(wrapped.encode("ascii"), decode=False)
        template = pre_encryption_part(msg_enc=algorithm, key_name=name, encrypt_cert=bare)
        return self.sec.encrypt_assertion(
            response, recipient.name, template, key_type=session_key, node_xpath=node_xpath
        )


def settings(job, folder):
    """The configuration file of a pysaml2 identity provider, as a dictionary."""
    key, cert = folder / "idp.key", folder / "idp.crt"
    key.write_text(job["key"])
    cert.write_text(job["certificate"])
    signature, digest = SIGNATURES[job["signature"]]
    known = {
        "entityid": job["idp_entity_id"],
        "key_file": str(key),
        "cert_file": str(cert),
        "service": {
            "idp": {
                "signing_algorithm": signature,
                "digest_algorithm": digest,
                "name": "A pysaml2 identity provider",
                "endpoints": {
                    "single_sign_on_service": [(job["sso_url"], BINDING_HTTP_REDIRECT)],
                },
                "want_authn_requests_signed": True,
                "policy": {"default": {"lifetime": {"minutes": 5}, "name_form": NAME_FORMAT_BASIC}},
            }
        },
    }
    if job.get("sp_metadata"):
        known["metadata"] = {"inline": [job["sp_metadata"]]}
    return known


def ask(provider, login_url):
    """What the service provider asks for: pysaml2 reads the request, and checks
    its signature with the keys of the service provider's metadata."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(login_url).query).items()}
    request = provider.parse_authn_request(
        query["SAMLRequest"],
        BINDING_HTTP_REDIRECT,
        relay_state=query.get("RelayState"),
        sigalg=query.get("SigAlg"),
        signature=query.get("Signature"),
    )
    message = request.message
    answer_to = provider.response_args(message, [BINDING_HTTP_POST])
    return message, answer_to, query.get("RelayState")


def respond(job, provider):
    """A SAMLResponse for the person of the job."""
    if job.get("login_url"):
        message, answer_to, relay_state = ask(provider, job["login_url"])
        request_id, acs_url, sp = answer_to["in_response_to"], answer_to["destination"], answer_to["sp_entity_id"]
        asked = {"id": message.id, "force_authn": message.force_authn == "true"}
    else:
        sp, relay_state, request_id, asked = next(iter(provider.metadata.keys())), None, None, None
        _, acs_url = provider.pick_binding("assertion_consumer_service", [BINDING_HTTP_POST], "spsso", entity_id=sp)
    provider.cipher = job["encrypt"]
    response = provider.create_authn_response(
        identity=job["attributes"],
        in_response_to=request_id,
        destination=acs_url,
        sp_entity_id=sp,
        name_id=NameID(format=job.get("name_id_format") or NAMEID_FORMAT_EMAILADDRESS, text=job["name_id"]),
        authn={"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": job["idp_entity_id"]},
        sign_response=job["sign"] in ("response", "both"),
        sign_assertion=job["sign"] in ("assertion", "both"),
        encrypt_assertion=job["encrypt"] != "none",
    )
    return {
        "asked": asked,
        "acs_url": acs_url,
        "relay_state": relay_state,
        "saml_response": base64.b64encode(str(response).encode()).decode(),
    }


def main():
    job = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        config = IdPConfig().load(settings(job, Path(folder)))
        if job["action"] == "metadata":
            answer = {"metadata": str(entity_descriptor(config))}
        else:
            answer = respond(job, IdentityProvider(config=config))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
