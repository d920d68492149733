"""Asking both servers the same, and what they answer."""

import re
from dataclasses import dataclass

OPERATORS = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"?|[()\[\]]|[^\s()\[\]"]+')
_SHOWN = {"Users": "userName", "Groups": "displayName"}


@dataclass(frozen=True)
class Answer:
    """A list, by the names on it; or a refusal, by its status and scimType."""

    names: tuple = ()
    total: int = 0
    items: int = 0
    start: int = 0
    refusal: tuple = ()

    def __str__(self):
        return f"refused {self.refusal}" if self.refusal else f"{len(self.names)}: {', '.join(sorted(self.names)[:40])}"


@dataclass(frozen=True)
class Term:
    """One comparison of a filter. Names in small letters."""

    text: str
    schema: str
    path: str
    operator: str
    value: str
    is_bracketed: bool


def terms(text):
    """The comparisons of a filter, as far as it can be read."""
    found, outer, words = [], "", _TOKENS.findall(text)
    for place, word in enumerate(words):
        follows = words[place + 1 : place + 3] + ["", ""]
        if follows[0] == "[":
            outer = word
        elif word == "]":
            outer = ""
        elif (operator := follows[0].lower()) in OPERATORS | {"pr"} and word not in ("(", ")", "["):
            value = follows[1] if operator in OPERATORS else ""
            test = " ".join(part for part in (word, follows[0], value) if part)
            schema, _, path = (f"{outer}.{word}" if outer else word).lower().rpartition(":")
            found.append(Term(f"{outer}[{test}]" if outer else test, schema, path, operator, value, bool(outer)))
    return found


class Both:
    """Asks both servers."""

    def __init__(self, population):
        self.population = population
        self._alone = {}

    def ask(self, endpoint, parameters, is_posted=False):
        """What Usher answers, and what the reference does."""
        return [self._answer(server, endpoint, parameters, is_posted)
                for server in (self.population.usher, self.population.reference)]

    def filtered(self, endpoint, text, is_posted=False):
        """What both answer to a filter. In which order does not count."""
        usher, reference = self.ask(endpoint, {"filter": text, "count": 1000}, is_posted)
        return usher, reference, agree(usher, reference)

    def alone(self, endpoint, term, is_refused):
        """What both answer to one comparison of a filter. Where Usher refuses the
        whole, only what it refuses alone counts: the rest is not asked for."""
        key = endpoint, term.text, is_refused
        if key not in self._alone:
            usher = self._answer(self.population.usher, endpoint, {"filter": term.text, "count": 1000}, False)
            known = usher if is_refused and not usher.refusal else None
            self._alone[key] = (usher, known, True) if known else self.filtered(endpoint, term.text)
        return self._alone[key]

    def _answer(self, server, endpoint, parameters, is_posted):
        shown = [_SHOWN[endpoint]] if is_posted else _SHOWN[endpoint]
        given = {**parameters, "attributes": shown}
        if "filter" in given:
            given["filter"] = self.population.fill(server, given["filter"])
        status, body = server.query(endpoint, given, is_posted)
        if status != 200:
            return Answer(refusal=(status, (body or {}).get("scimType")))
        names = tuple(one[_SHOWN[endpoint]] for one in body.get("Resources", []))
        return Answer(names, body["totalResults"], body.get("itemsPerPage"), body.get("startIndex"))


def agree(usher, reference):
    """Whether both answer the same resources, or both say invalidFilter."""
    if usher.refusal or reference.refusal:
        return usher.refusal == reference.refusal == (400, "invalidFilter")
    counted = all(one.total == one.items == len(one.names) for one in (usher, reference))
    return counted and sorted(usher.names) == sorted(reference.names)
