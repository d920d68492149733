"""python3-saml behind two addresses: `/login` begins a login, `/acs` takes the response.

    gunicorn python3_saml:app

The environment has the base address (`BENCH_BASE`) and the folder (`BENCH_FOLDER`) with the
certificate of the identity provider, `idp.pem`, and the key pair of the service provider,
`sp.pem` and `sp.key`. Nothing is stored: the ID of the request is in a cookie.
"""

import os
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.settings import OneLogin_Saml2_Settings

BASE = os.environ["BENCH_BASE"]
FOLDER = Path(os.environ["BENCH_FOLDER"])
SETTINGS = OneLogin_Saml2_Settings(
    {
        "strict": True,
        "sp": {
            "entityId": f"{BASE}/metadata",
            "assertionConsumerService": {"url": f"{BASE}/acs"},
            "x509cert": (FOLDER / "sp.pem").read_text(),
            "privateKey": (FOLDER / "sp.key").read_text(),
        },
        "idp": {
            "entityId": "https://idp.example.com/metadata",
            "singleSignOnService": {"url": "https://idp.example.com/sso"},
            "x509cert": (FOLDER / "idp.pem").read_text(),
        },
        "security": {"authnRequestsSigned": True, "wantAssertionsSigned": True},
    }
)


def auth_of(environ, form):
    """The login of a request."""
    address = urlsplit(BASE)
    request = {
        "https": "off",
        "http_host": address.netloc,
        "script_name": environ["PATH_INFO"],
        "get_data": {},
        "post_data": form,
    }
    return OneLogin_Saml2_Auth(request, SETTINGS)


def app(environ, start_response):
    """Answers a request with a redirect, or with 500 and the reason."""
    if environ["PATH_INFO"] == "/login":
        auth = auth_of(environ, {})
        headers = [("Location", auth.login(return_to=f"{BASE}/product"))]
        headers.append(("Set-Cookie", f"request={auth.get_last_request_id()}; HttpOnly"))
        start_response("303 See Other", headers)
        return []
    form = dict(parse_qsl(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
    auth = auth_of(environ, form)
    auth.process_response(SimpleCookie(environ["HTTP_COOKIE"])["request"].value)
    if not auth.is_authenticated():
        start_response("500 Internal Server Error", [])
        return [str(auth.get_last_error_reason()).encode()]
    start_response("303 See Other", [("Location", form["RelayState"])])
    return []
