"""Where the two may differ: each with the sentence of the RFC by which that is so.

A difference in a filter is looked for in its comparisons, each asked alone:
each that differs has to be explained, and so each entry says which comparisons
it is about, and how the answers to them differ. What no comparison shows alone
is explained by the filter as a whole. An entry that explains nothing fails the
run, as does whatever no entry explains.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Callable

from asking import terms
from lists import UNSORTED
from population import ENTERPRISE, USHER, USHER_GROUP

_NOT_SUPPORTED = ("RFC 7644, 3.12", "the specified attribute and filter comparison combination is not supported")
_LITERALS = ("RFC 7644, 3.4.2.2", "compValue = false / null / true / number / string ; rules from JSON (RFC 7159)")


@dataclass
class Difference:
    """One entry: what it is, the RFC's section and sentence, and why it is so here."""

    name: str
    cited: tuple
    why: str
    holds: Callable
    uses: int = field(default=0)


def _refused(is_meant):
    """Usher says invalidFilter to such a comparison, and the reference answers a list."""
    return lambda term, usher, reference: (
        usher.refusal == (400, "invalidFilter") and not reference.refusal and is_meant(term)
    )


def _value(term):
    """A comparison's value. What is no JSON is none."""
    try:
        return json.loads(term.value)
    except ValueError:
        return None


def _is_text(term):
    return term.value.startswith('"')


PARTS = {"co", "sw", "ew"}
ORDER = {"gt", "ge", "lt", "le"}
OF_TERMS = [
    Difference("name as a whole", _NOT_SUPPORTED, "Both parts of a name are filterable; the whole is no column of its own.",
               _refused(lambda term: term.path in ("name", "name.formatted"))),
    Difference("attributes of Usher's own schemas", _NOT_SUPPORTED, "Of these, lists are filtered by role alone.",
               _refused(lambda term: term.schema in (USHER.lower(), USHER_GROUP.lower())
                        and term.path.split(".")[0] in ("mobile", "teamroles", "memberroles"))),
    Difference("an unknown role", _NOT_SUPPORTED, "An unknown role is rejected, and the error lists the roles.",
               _refused(lambda term: term.schema == USHER.lower() and term.path == "role" and _is_text(term))),
    Difference("groups and members by their names", _NOT_SUPPORTED, "Their own lists are filtered by a name.",
               _refused(lambda term: term.path in ("groups.display", "members.display"))),
    Difference("addresses of members", _NOT_SUPPORTED, "A member is found by the ID.",
               _refused(lambda term: term.path == "members.$ref")),
    Difference("externalId by more than equality", _NOT_SUPPORTED, "External IDs are looked up per client, not scanned.",
               _refused(lambda term: term.path == "externalid"
                        and (term.operator not in ("eq", "ne") or term.value == "null"))),
    Difference("ids by more than equality", _NOT_SUPPORTED, "An ID is opaque: a part of it has no meaning.",
               _refused(lambda term: term.path in ("id", "groups", "groups.value", "members", "members.value")
                        and term.operator in PARTS | ORDER)),
    Difference("members and groups by what they are not", _NOT_SUPPORTED,
               "Such a filter can't be looked up by an ID.",
               _refused(lambda term: term.path in ("groups", "groups.value", "members", "members.value")
                        and (term.operator == "ne" or term.value == "null"))),
    Difference("meta except its times", _NOT_SUPPORTED, "Addresses and versions are computed for each response.",
               _refused(lambda term: term.path in ("meta", "meta.location", "meta.version"))),
    Difference("schemas", _NOT_SUPPORTED, "Which schemas a resource has follows from its kind.",
               _refused(lambda term: term.path == "schemas")),
    Difference("the kind by a part of its name", _NOT_SUPPORTED, "The same for all on a list: eq and ne tell it.",
               _refused(lambda term: term.path == "meta.resourcetype" and term.operator in PARTS | ORDER)),
    Difference("moments as texts", _NOT_SUPPORTED, "A moment is compared as one; the reference finds none so.",
               lambda term, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and not reference.names and term.path.startswith("meta.") and term.operator in PARTS),
    Difference("numbers as moments", _NOT_SUPPORTED, "The reference takes a number for seconds since 1970.",
               _refused(lambda term: term.path in ("meta.created", "meta.lastmodified")
                        and isinstance(_value(term), (int, float)))),
    Difference("moments without a zone", ("RFC 7643, 2.3.5", "The attribute value MUST be encoded as a valid xsd:dateTime"),
               "Without time and zone it is no moment; the reference then compares nothing, and finds none.",
               lambda term, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.names
               and re.fullmatch(r'"\d{4}-\d\d-\d\d(T[\d:]+)?"', term.value) is not None),
    Difference("order or parts with null", _NOT_SUPPORTED, "Nothing comes before or after null; the reference finds none so.",
               lambda term, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and not reference.names and term.value == "null" and term.operator in PARTS | ORDER),
    Difference("a part that is no text", _NOT_SUPPORTED, "A number is no part of a text; the reference finds none so.",
               lambda term, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and not reference.names and term.operator in PARTS and isinstance(_value(term), (int, float))),
    Difference("words and numbers as truth", ("RFC 7643, 2.3.2", "The literal \"true\" or \"false\""),
               "The reference takes \"yes\" and 1 for true.",
               _refused(lambda term: term.path == "active" and (_is_text(term) or term.value in ("0", "1")))),
    Difference("literals in capitals", _LITERALS, "JSON has true, false and null in small letters only.",
               _refused(lambda term: term.value.lower() in ("true", "false", "null") and term.value != term.value.lower())),
    Difference("what no text can hold", _LITERALS, "Half a surrogate pair is no character, and NUL is in no text of ours.",
               lambda term, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and not reference.names and re.search(r"\\ud800|\\u0000", term.value) is not None),
    Difference("white space at the ends of a whole text", ("RFC 7644, 3.4.2.2", "The attribute and operator values must be identical for a match"),
               "Usher trims what it stores, and so what is held against it: who is pushed with a blank is found with it.",
               lambda term, usher, reference: not usher.refusal and not reference.names and term.operator == "eq"
               and _is_text(term) and (_value(term) or "").strip() != _value(term)),
    Difference("a sigma in another form", ("RFC 7643, 2.2", "caseExact: A Boolean value that specifies whether or not a string attribute is case sensitive."),
               "The capital of σ and of ς is Σ: without regard to case, all three are one letter.",
               lambda term, usher, reference: not usher.refusal and not reference.refusal and _is_text(term)
               and any(letter in (_value(term) or "") for letter in "σςΣ")),
]

# The multi-valued attributes.
SEVERAL = {"emails", "phonenumbers", "addresses", "ims", "photos", "roles", "entitlements", "x509certificates"}
OF_TERMS += [
    Difference("some value that is another",
               ("RFC 7644, 3.4.2.2", "If the specified attribute in a filter expression is a multi-valued attribute, the filter matches "
                "if any of the values of the specified attribute match the specified criterion"),
               "One value that is not equal is enough for ne; the reference wants that none is equal, which is not (... eq ...).",
               lambda term, usher, reference: not usher.refusal and not reference.refusal and term.operator == "ne"
               and term.path.split(".")[0] in SEVERAL and set(reference.names) < set(usher.names)),
    Difference("a postal address as a whole", _NOT_SUPPORTED, "It has no value of its own to compare: its parts do.",
               _refused(lambda term: term.path == "addresses" and term.operator)),
    Difference("phone numbers in another form", ("RFC 7643, 4.1.2", "The value SHOULD be specified by the client according to the format defined in [RFC3966]"),
               "Without tel: and separators, one number in two forms is the same; the reference compares the texts.",
               lambda term, usher, reference: not usher.refusal and not reference.refusal
               and term.path in ("phonenumbers", "phonenumbers.value") and term.operator),
]

OF_FILTERS = [
    Difference("an empty filter", ("RFC 7644, 3.4.2.2", "Clients MAY request a subset of resources by specifying the \"filter\" query parameter containing a filter expression"),
               "A form that was left empty asks for nothing; the reference wants an expression.",
               lambda text, usher, reference: not text.strip() and reference.refusal == (400, "invalidFilter")
               and not usher.refusal),
    Difference("one value that meets several tests", ("RFC 7644, 3.4.2.2", "Service providers MAY support complex filters where expressions MUST be applied to the same value of a parent attribute"),
               "Members and groups are asked for one by one; their brackets hold one test, or several with or, and none of what a value is not.",
               lambda text, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and re.search(r"(?i)(groups|members)\[.*( and |not |\sne\s|\snull).*\]", text) is not None),
    Difference("a comparison after brackets", ("RFC 7644, 3.4.2.2", "valuePath = attrPath \"[\" valFilter \"]\""),
               "In a filter nothing follows the brackets; the reference takes Entra ID's form as well.",
               lambda text, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and "].value eq" in text),
    Difference("more than a filter may hold", _NOT_SUPPORTED,
               "The work of a request is bounded: 64 comparisons, and 16 levels. The RFC names no bounds; the reference has others.",
               lambda text, usher, reference: usher.refusal == (400, "invalidFilter") and not reference.refusal
               and (len(terms(text)) > 64 or "(" * 17 in text)),
]


def _unsortable(order, endpoint, parameters, usher, reference):
    return usher.refusal == (400, "invalidValue") and not reference.refusal and parameters["sortBy"] in UNSORTED[endpoint]


OF_LISTS = [
    Difference("orders that are not kept", ("RFC 7644, 3.4.2.3", "Sort is OPTIONAL"),
               "A list is sorted by what it has an index for; another order is refused, not ignored.", _unsortable),
    Difference("the name of a count's error", ("RFC 9865, 2.4", "Count value is invalid"),
               "RFC 9865 gives it a scimType of its own; the reference has it for cursors alone.",
               lambda order, endpoint, parameters, usher, reference: "count" in parameters
               and usher.refusal == (400, "invalidCount") and reference.refusal == (400, "invalidValue")),
]
