"""Texts and files that the contract names by their format, and JSON Schema can't describe."""

import base64
import functools
import itertools
import json
import os
import re
import unicodedata
import uuid

import requests
import schemathesis
from hypothesis import strategies as st

_names = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
_numbers = itertools.count()
_emails = st.builds(lambda name, host: f"{name}.{next(_numbers)}@{host}.example", _names, _names)

schemathesis.openapi.format("filter", st.sampled_from(['id pr', 'not (id eq "none")']))
# Made up, a cursor is rejected: the real ones come with a page.
schemathesis.openapi.format("cursor", st.nothing())
# Another tag would be that of another version.
schemathesis.openapi.format("entity-tag", st.just("*"))
schemathesis.openapi.format("idempotency-key", st.builds(lambda: f"run-{next(_numbers)}"))
schemathesis.openapi.format("email", _emails)


# An address would do without `emails`, which the contract wants.
schemathesis.openapi.format("scim-user-name", st.builds(lambda name: f"{name}.{next(_numbers)}", _names))
# What any resource has.
schemathesis.openapi.format("scim-path", st.just("externalId"))
schemathesis.openapi.format("scim-names", st.sampled_from(["id", "externalId,meta.created", "schemas"]))


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    _choose(case)
    body = _legible(case.body)
    if body != case.body:
        case.body = body
    # A value of another response is no entity tag.
    tag = (case.headers or {}).get("If-Match")
    if tag is not None and _is_positive(case) and not re.fullmatch(r'\*|(W/)?"[!#-~]*"', tag):
        case.headers["If-Match"] = "*"
    # A key that is in order names one request alone: sent with another, it is rejected.
    key = (case.headers or {}).get("Idempotency-Key")
    if key is not None and re.fullmatch(r"[!-~]{1,255}", key):
        case.headers["Idempotency-Key"] = f"run-{next(_numbers)}"
    # An id that is in order, of what no request makes under that address, would never be found.
    for start, name, found in _FOUND:
        if case.operation.path.startswith(start) and _is_uuid((case.path_parameters or {}).get(name)):
            case.path_parameters[name] = found(case.operation.method.upper())


def _legible(value):
    """What the server rejects of a text, and no pattern that every dialect reads can say."""
    if isinstance(value, dict):
        return {name: _legible(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_legible(below) for below in value]
    if isinstance(value, str):
        value = re.sub("[\x80-\x9f]", "x", value)
        # Format, private-use, surrogate and unassigned code points.
        value = "".join("x" if _is_rejected(char) else char for char in value)
        if not value.isascii() and not value.strip():
            return "x" * len(value)
    return value


def _is_rejected(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) in ("Cf", "Cn", "Co", "Cs")


def _is_positive(case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def _choose(case) -> None:
    """Of what excludes one another, one is sent."""
    if not case.operation.path.startswith("/scim/v2/"):
        return
    for given in (case.query, case.body):
        if isinstance(given, dict) and given.get("attributes") and given.get("excludedAttributes"):
            del given["excludedAttributes"]


def _is_uuid(value) -> bool:
    try:
        return bool(uuid.UUID(str(value)))
    except ValueError:
        return False


class _Api(requests.Session):
    """The API, as the holder of the first key uses it."""

    def request(self, method, path, **more):
        self.headers["Authorization"] = "Bearer " + os.environ["USHER_API_KEY"]
        answer = super().request(method, os.environ["USHER_URL"] + "/api/v1" + path, timeout=10, **more)
        answer.raise_for_status()
        return answer


@functools.cache
def _attempt(_method: str) -> str:
    """An attempt to log in, whose message is kept."""
    api = _Api()
    connection = api.get("/connections").json()["items"][0]
    keep = {"data": '{"keepMessagesHours": 1}', "headers": {"Content-Type": "application/merge-patch+json"}}
    api.patch(f"/connections/{connection['id']}", **keep)
    message = base64.b64encode(b"<Response/>")
    requests.post(connection["serviceProvider"]["acsUrl"], data={"SAMLResponse": message}, timeout=10)
    return api.get("/attempts").json()["items"][0]["id"]


def _deleted_user(method: str) -> str:
    """The ID of a deleted user. Each DELETE needs a new one, because it removes the record."""
    return _forgettable() if method == "DELETE" else _remembered()


def _forgettable() -> str:
    api = _Api()
    user = api.post("/users", json={"email": f"gone.{next(_numbers)}@run.example"}).json()["id"]
    api.delete(f"/users/{user}")
    return user


_remembered = functools.cache(_forgettable)

_FOUND = [
    ("/api/v1/attempts/", "attemptId", _attempt),
    ("/api/v1/deleted-users/", "userId", _deleted_user),
]


# Numbers that can be dialled where they are from.
_mobiles = {"GB": "07400 123456", "DE": "0151 23456789", "US": "(212) 736-5000", "FR": "06 12 34 56 78"}
schemathesis.openapi.format("region-code", st.sampled_from(sorted(_mobiles)))
schemathesis.openapi.format("phone-number", st.just("+44 7400 123456"))
schemathesis.openapi.format("web-address", st.builds(lambda host: f"https://{host}.example/sso", _names))
schemathesis.openapi.format("language-tag", st.sampled_from(["de", "en-GB", "zh-Hant-TW"]))
schemathesis.openapi.format("accept-language", st.sampled_from(["de", "da, en-GB;q=0.8, *;q=0"]))
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/London", "Asia/Calcutta"]))
schemathesis.openapi.format("relay-state", st.builds(lambda path: f"/{path}", _names))
schemathesis.openapi.format("authn-context", st.just("urn:oasis:names:tc:SAML:2.0:ac:classes:Password"))


def _csv(rows: list[tuple[str, str]]) -> str:
    lines = ["email,firstName"] + [f"{email},{name}" for email, name in rows]
    return "\r\n".join(lines)


def _ndjson(rows: list[tuple[str, str]]) -> str:
    return "\n".join(json.dumps({"email": email, "firstName": name}) for email, name in rows)


_rows = st.lists(st.tuples(_emails, _names), min_size=1, max_size=5)
schemathesis.openapi.format("csv", _rows.map(_csv))
schemathesis.openapi.format("ndjson", _rows.map(_ndjson))


@schemathesis.serializer("text/csv", "application/x-ndjson")
def file(context, value) -> bytes:
    """Files are sent as they are; what is no text at all, as JSON writes it."""
    return (value if isinstance(value, str) else json.dumps(value)).encode()


schemathesis.openapi.format("saml-response", st.binary(max_size=200).map(lambda b: base64.b64encode(b).decode()))
