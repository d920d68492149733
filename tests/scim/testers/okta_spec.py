"""What Okta's own test of SCIM servers asks, and what it wants to be answered.

The server and a key are told by the environment: USHER_SCIM_URL, USHER_SCIM_KEY.

Written anew after "Okta SCIM 2.0 SPEC Test" (Okta's list for Runscope, 2017). Where
that has a defect, what it means is asked instead: the filter of the list of users
is quoted (RFC 7644, section 3.4.2.2); the address of the user is the one that the
user was made with; and a user name in other letters finds the user instead of
being answered 400 (RFC 7643, section 8.7.1: `userName` is not `caseExact`). How
long an answer takes is for a benchmark to tell.
"""

import http.client
import json
import os
import sys
import urllib.parse
import uuid

SCIM = "application/scim+json"
CORE = "urn:ietf:params:scim:schemas:core:2.0"
MESSAGES = "urn:ietf:params:scim:api:messages:2.0"


class There:
    """Whatever is there, be it false or zero."""

    def __repr__(self):
        return "something"


class Number(There):
    """A number."""

    def __repr__(self):
        return "a number"


THERE, NUMBER = There(), Number()


class With(There):
    """A list that has a value."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"a list with {self.value!r}"


def is_as_wanted(wanted, got):
    if isinstance(wanted, With):
        return isinstance(got, list) and wanted.value in got
    if wanted is NUMBER:
        return isinstance(got, int) and not isinstance(got, bool)
    if wanted is THERE:
        return got is not None and got != "" and got != [] and got != {}
    return type(wanted) is type(got) and wanted == got


def at(body, path):
    """The value at a path such as `Resources.0.id`; None if there is none."""
    for step in path.split("."):
        try:
            body = body[int(step) if isinstance(body, list) else step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return body


class Okta:
    """The list, one request after the other."""

    def __init__(self, base, key):
        address = urllib.parse.urlsplit(base)
        self._prefix = address.path.rstrip("/")
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {key}", "Accept": SCIM, "Accept-Charset": "utf-8",
                         "Content-Type": f"{SCIM}; charset=utf-8", "User-Agent": "OKTA SCIM Integration"}
        self.requests, self.checks, self.errors = 0, 0, []

    def ask(self, what, method, path, status, wanted=None, body=None):
        """Asks, and holds the answer against what is wanted, by paths. The answer."""
        self.requests += 1
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        self._connection.request(method, self._prefix + path, text, self._headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        try:
            told = json.loads(raw) if raw else {}
        except ValueError:
            told = {}
        self._check(what, "status", status, answer.status)
        for place, value in (wanted or {}).items():
            self._check(what, place, value, at(told, place))
        return told

    def _check(self, what, place, wanted, got):
        self.checks += 1
        if not is_as_wanted(wanted, got):
            self.errors.append(f"{what}: {place} is {got!r}, and should be {wanted!r}")

    def discovery(self):
        parts = ["patch", "bulk", "filter", "changePassword", "sort", "etag", "authenticationSchemes",
                 "authenticationSchemes.0.type", "authenticationSchemes.0.description", "etag.supported",
                 "sort.supported", "changePassword.supported", "filter.maxResults", "filter.supported",
                 "bulk.supported", "bulk.maxOperations", "bulk.maxPayloadSize", "patch.supported"]
        config = {"schemas": With(f"{CORE}:ServiceProviderConfig"), **dict.fromkeys(parts, THERE)}
        lists = {"schemas": With(f"{MESSAGES}:ListResponse"), "Resources": THERE}
        types = {f"Resources.0.{part}": THERE for part in ("name", "endpoint", "schema")}
        schemas = {f"Resources.0.{part}": THERE for part in ("id", "attributes")}
        for path, wanted in (("/ServiceProviderConfig", config), ("/ResourceTypes", {**lists, **types}),
                             ("/Schemas", {**lists, **schemas})):
            self.ask(f"{path} is there", "GET", path, 200, wanted)
            self.ask(f"{path} is read-only", "POST", path, 405, body="test")

    def users(self):
        name = uuid.uuid4().hex[:12]
        address, given, family = f"okta.{name}@example.com", "Ada", f"Lovelace {name}"
        user = {"schemas": [f"{CORE}:User"], "userName": address,
                "name": {"givenName": given, "familyName": family},
                "emails": [{"primary": True, "value": address, "type": "work"}],
                "displayName": f"{given} {family}", "active": True}
        listed = {"schemas": With(f"{MESSAGES}:ListResponse")}
        nobody = {**listed, "totalResults": 0}
        named = lambda name: "/Users?" + urllib.parse.urlencode({"filter": f'userName eq "{name}"'})
        names = {"name.familyName": family, "name.givenName": given, "userName": address}

        self.ask("nobody is there before", "GET", named(address), 200, nobody)
        made = self.ask("a user is made", "POST", "/Users", 201, {
            "active": True, "id": THERE, "schemas": With(f"{CORE}:User"), **names}, user)
        page = {**listed, "Resources": THERE, "itemsPerPage": NUMBER, "startIndex": NUMBER, "totalResults": NUMBER}
        parts = ("id", "name.familyName", "name.givenName", "userName", "active")
        page |= {f"Resources.0.{part}": THERE for part in parts}
        page["Resources.0.emails.0.value"] = address
        found = self.ask("the user is found", "GET", f"{named(address)}&count=1&startIndex=1", 200, page)
        path = f"/Users/{at(found, 'Resources.0.id')}"
        whole = {part: THERE for part in ("name.familyName", "name.givenName", "userName", "active", "emails.0.value")}
        self.ask("the user is shown", "GET", path, 200, {**whole, "id": made.get("id")})
        self.ask("nobody has an unknown name", "GET", named(f"nobody.{name}@example.com"), 200, nobody)
        self.ask("nobody has an unknown id", "GET", f"/Users/{uuid.uuid4()}", 404, {
            "detail": THERE, "schemas": With(f"{MESSAGES}:Error")})
        self.ask("the user was made", "GET", path, 200, names)
        self.ask("the user is made once", "POST", "/Users", 409, body=user)
        self.ask("a name is the same in capitals", "GET", named(address.upper()), 200, {
            "totalResults": 1, "Resources.0.id": made.get("id")})

    def groups(self):
        self.ask("groups are there", "GET", "/Groups", 200, {"schemas": With(f"{MESSAGES}:ListResponse")})


def main():
    okta = Okta(os.environ["USHER_SCIM_URL"], os.environ["USHER_SCIM_KEY"])
    okta.discovery()
    okta.users()
    okta.groups()
    print(*okta.errors, f"{okta.requests} requests, {okta.checks} checks, {len(okta.errors)} errors", sep="\n")
    return 1 if okta.errors or okta.requests < 16 or okta.checks < 79 else 0


if __name__ == "__main__":
    sys.exit(main())
