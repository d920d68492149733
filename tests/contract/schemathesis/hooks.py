"""Texts and files that the contract names by their format, and JSON Schema can't describe."""

import base64
import itertools
import json

import schemathesis
from hypothesis import strategies as st

_names = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
_numbers = itertools.count()
_emails = st.builds(lambda name, host: f"{name}.{next(_numbers)}@{host}.example", _names, _names)

schemathesis.openapi.format("filter", st.sampled_from(['id pr', 'not (id eq "none")']))
# Made up, a cursor is refused: the real ones come with a page.
schemathesis.openapi.format("cursor", st.nothing())
# Another tag would be that of another version.
schemathesis.openapi.format("entity-tag", st.just("*"))
# Used twice it would be one request sent twice.
schemathesis.openapi.format("idempotency-key", st.builds(lambda: f"run-{next(_numbers)}"))
schemathesis.openapi.format("email", _emails)


def _csv(rows: list[tuple[str, str]]) -> bytes:
    lines = ["email,firstName"] + [f"{email},{name}" for email, name in rows]
    return "\r\n".join(lines).encode()


def _ndjson(rows: list[tuple[str, str]]) -> bytes:
    return "\n".join(json.dumps({"email": email, "firstName": name}) for email, name in rows).encode()


_rows = st.lists(st.tuples(_emails, _names), min_size=1, max_size=5)
schemathesis.openapi.media_type("text/csv", _rows.map(_csv))
schemathesis.openapi.media_type("application/x-ndjson", _rows.map(_ndjson))
schemathesis.openapi.format("saml-response", st.binary(max_size=200).map(lambda b: base64.b64encode(b).decode()))
