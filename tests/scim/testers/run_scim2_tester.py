"""All checks of scim2-tester against a server: none may find anything.

The server and a key of the dialect `STRICT` are told by the environment:
USHER_SCIM_URL, USHER_SCIM_KEY.

The tester is told what it can't know:

- Of attributes whose values are no free text it gets examples. A phone number of the type
  `mobile` is also the user's mobile number, so both have the same example: two different
  numbers in one request contradict each other.
- What a server alone writes (`readOnly`, RFC 7643, section 2.2), it takes for a
  error wherever it stands inside a value that the tester has written: such parts
  are left out of what it compares.
- What it adds to an attribute with several values, it takes for all that there is:
  RFC 7644, section 3.5.2.1, "a new value is added to the attribute".
- It gives the users that it makes any role that there is, and takes it away again. The
  last administrator of an account keeps theirs, so there is another one: see ROOT.
- Some attributes are never without a value. One that is removed is back with its
  default: RFC 7644, section 3.5.1, "the service provider MAY assign a default value
  to the final resource representation" (DEFAULTS). Or the removal is refused, as it
  would take rights away, or change nothing: RFC 7644, section 3.12, "mutability"
  (PERMANENT).
"""

import os
import sys

import httpx2
import scim2_tester.checkers.patch_add
import scim2_tester.checkers.patch_replace
from pydantic import BaseModel
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Mutability
from scim2_tester import Status, check_server

MOBILE_NUMBER = "+4915123456789"
EXAMPLES = {
    "Mobile": {"region_code": ["DE"], "number": [MOBILE_NUMBER]},
    "PhoneNumbers": {"value": [f"tel:{MOBILE_NUMBER}"]},
    "User": {"preferred_language": ["de", "en-GB"], "locale": ["de", "en-GB"],
             "timezone": ["Europe/Berlin", "Europe/London"]},
}
USHER = "urn:ietf:params:scim:schemas:extension:usher:2.0:User"
DEFAULTS = {f"PATCH modify() did not remove attribute '{name}'"
            for name in ("name", "displayName")}
PERMANENT = {f"Failed to remove attribute '{name}'" for name in ("active", USHER, f"{USHER}:role")}
KNOWN = DEFAULTS | PERMANENT
ROOT = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", USHER],
    "userName": "root@example.com",
    USHER: {"role": "ADMIN"},
}
# A run that checks less than this has not found the server's resources.
FEWEST = 80


def known(reason):
    """The known reason with which a reason begins."""
    return next((one for one in KNOWN if reason.startswith(one)), None)


def parts(value):
    """A value without what a server alone writes."""
    if isinstance(value, list):
        return [parts(one) for one in value]
    if not isinstance(value, BaseModel):
        return value
    kind = type(value)
    names = [name for name in kind.model_fields if name != "schemas"]
    written = [name for name in names if kind.get_field_annotation(name, Mutability) != Mutability.read_only]
    return {name: parts(getattr(value, name)) for name in written}


def is_same(expected, actual):
    return parts(expected) == parts(actual)


def is_added(expected, actual):
    """Whether what was added is there. What else there is does not count."""
    return holds(parts(expected), parts(actual))


def holds(expected, actual):
    if isinstance(expected, list) and isinstance(actual, list):
        return all(one in actual for one in expected)
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(holds(value, actual.get(name)) for name, value in expected.items())
    return expected == actual


def give_examples(models):
    """Gives the parts of the models examples, wherever they are nested."""
    seen, left = set(), list(models)
    while left:
        model = left.pop()
        if model in seen:
            continue
        seen.add(model)
        # With its extensions, the model of users is `User[...]`.
        for name, examples in EXAMPLES.get(model.__name__.split("[")[0], {}).items():
            model.model_fields[name].examples = examples
        for name in model.model_fields:
            root = model.get_field_root_type(name)
            if isinstance(root, type) and issubclass(root, BaseModel):
                left.append(root)
    missing = set(EXAMPLES) - {model.__name__ for model in seen}
    if missing:
        raise SystemExit(f"the server has no {', '.join(missing)}: these examples are out of date")


def main():
    headers = {"Authorization": f"Bearer {os.environ['USHER_SCIM_KEY']}"}
    with httpx2.Client(base_url=os.environ["USHER_SCIM_URL"], headers=headers, timeout=60) as http:
        if not (made := http.post("/Users", json=ROOT)).is_success and made.status_code != 409:
            raise SystemExit(f"{ROOT['userName']} can't be made: {made.status_code} {made.text}")
        client = SyncSCIMClient(http)
        client.discover()
        give_examples([*client.provider.models, client.get_resource_model("User")])
        scim2_tester.checkers.patch_add.fields_equality = is_added
        scim2_tester.checkers.patch_replace.fields_equality = is_same
        results = check_server(client)
    found = [result for result in results if result.status is not Status.SUCCESS]
    wrong = [f"{one.status.name} {one.title} ({one.resource_type}): {one.reason}"
             for one in found if not known(one.reason)]
    wrong += [f"known, and not found any more: {one}" for one in KNOWN - {known(one.reason) for one in found}]
    if len(results) < FEWEST:
        wrong.append(f"at least {FEWEST} checks were expected")
    print(*wrong, f"{len(results)} checks, {len(wrong)} errors", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
