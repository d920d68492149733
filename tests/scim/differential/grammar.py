"""Filters by chance: the grammar of RFC 7644, section 3.4.2.2, over what the
population has."""

import json
import random

from population import ENTERPRISE, GROUP, USER, USHER, placeholder

ALL = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
SAME = ["eq", "ne"]
ORDER = ["eq", "ne", "gt", "ge", "lt", "le"]
MOMENTS = ["2011-05-13T04:42:34Z", "2100-01-01T00:00:00+02:00", "1999-12-31T23:59:59.999-11:30"]


class Attribute:
    """An attribute as a filter names it, how it is compared, and with what."""

    def __init__(self, path, operators, values, schema=None, always=False):
        self.path = path
        self.operators = operators
        self.values = values
        self.schema = schema
        # Whether the schema has to be named: an attribute of an extension.
        self.is_foreign = always


def walk(resource, path):
    """The values at a path of a resource."""
    found = [resource]
    for name in path:
        found = [one[name] for one in found if isinstance(one, dict) and name in one]
        found = [value for one in found for value in (one if isinstance(one, list) else [one])]
    return found


class Grammar:
    """Makes filters for one kind of resource, out of a seed."""

    def __init__(self, population, endpoint, seed):
        self.chance = random.Random(f"{seed} {endpoint}")
        self.resources = list(population.resources[endpoint].values())
        self.names = list(population.resources[endpoint])
        self.others = list(population.resources["Groups" if endpoint == "Users" else "Users"])
        self.attributes, self.brackets = self._users() if endpoint == "Users" else self._groups()

    def _text(self, path, operators=ALL, schema=USER, always=False):
        keys = ([schema] if always else []) + path.split(".")
        found = (value for resource in self.resources for value in walk(resource, keys))
        # A complex attribute stands for its value.
        values = sorted({value["value"] if isinstance(value, dict) else value for value in found})
        return Attribute(path, operators, values, schema, always)

    def _common(self, schema):
        moments = lambda what: [placeholder(what, name) for name in self.names] + MOMENTS
        kind = "User" if schema == USER else "Group"
        ids = [placeholder("id", name) for name in self.names] + ["nobody", "00000000-0000-7000-8000-000000000000"]
        return [
            Attribute("id", SAME, ids, schema),
            Attribute("meta.created", ORDER, moments("created"), schema),
            Attribute("meta.lastModified", ORDER, moments("modified"), schema),
            Attribute("meta.resourceType", SAME, [kind, "Robot"], schema),
            self._text("externalId", SAME, schema),
        ]

    def _users(self):
        teams = [placeholder("id", name) for name in self.others]
        texts = [self._text(path) for path in ("userName", "displayName", "title", "name.givenName", "name.familyName",
                                               "emails", "emails.value")]
        others = [self._text(path) for path in (
            "nickName", "profileUrl", "userType", "preferredLanguage", "locale", "timezone", "name.middleName",
            "name.honorificPrefix", "name.honorificSuffix")]
        others += [self._text(path, schema=ENTERPRISE, always=True)
                   for path in ("employeeNumber", "costCenter", "organization", "division")]
        values = [attribute for outer, parts, _ in self._values() for attribute in parts]
        values += [self._text(path) for path in ("phoneNumbers", "ims", "roles", "entitlements", "photos")]
        rest = [
            Attribute("active", SAME, [True, False], USER),
            Attribute("emails.type", SAME, ["work", "home", "WORK"], USER),
            Attribute("emails.primary", SAME, [True, False], USER),
            Attribute("groups", SAME, teams, USER),
            Attribute("groups.value", SAME, teams, USER),
            self._text("department", schema=ENTERPRISE, always=True),
            self._text("role", SAME, USHER, True),
        ]
        # What a user has besides: less often asked for.
        seldom = [self._text(path) for path in ("externalId", "name.formatted", "groups.display")]
        seldom += [self._text("manager.value", schema=ENTERPRISE, always=True),
                   self._text("mobile.number", schema=USHER, always=True),
                   Attribute("name", [], [], USER), Attribute("addresses", [], [], USER), Attribute("meta", [], [], USER),
                   Attribute("meta.location", SAME, [placeholder("location", name) for name in self.names], USER)]
        team = [Attribute("groups.value", SAME, teams)]
        return (texts * 6 + (rest + self._common(USER)) * 4 + (others + values) * 2 + seldom,
                self._values() + [("groups", team, False)])

    def _values(self):
        """The multi-valued attributes, each with its parts, which brackets combine."""
        plain = ("value", "display", "type")
        parts = {
            "emails": plain, "phoneNumbers": plain, "ims": plain, "roles": plain, "entitlements": plain, "photos": plain,
            "addresses": ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"),
        }
        return [
            (outer, [self._text(f"{outer}.{part}") for part in names]
             + [Attribute(f"{outer}.primary", SAME, [True, False], USER)], True)
            for outer, names in parts.items()
        ]

    def _groups(self):
        users = [placeholder("id", name) for name in self.others]
        rest = [Attribute("members", SAME, users, GROUP), Attribute("members.value", SAME, users, GROUP),
                Attribute("members.type", SAME, ["User", "Group"], GROUP)]
        member = [Attribute("members.value", SAME, users)]
        return [self._text("displayName", schema=GROUP)] * 6 + rest * 2 + self._common(GROUP), [("members", member, False)]

    def filter(self, depth=3):
        """A filter with up to so many levels of groups."""
        shape = self.chance.random()
        if depth == 0 or shape < 0.3:
            return self._term(depth)
        if shape < 0.45:
            return f"{self._cased('not')}{self._space(0)}({self.filter(depth - 1)})"
        word = self._cased("and" if shape < 0.75 else "or")
        parts = [self.filter(depth - 1) for _ in range(self.chance.choice([2, 2, 2, 3]))]
        # Without parentheses, `and` goes before `or`, and `not` before both.
        joined = f"{self._space(1)}{word}{self._space(1)}".join(
            f"({part})" if self.chance.random() < 0.4 else part for part in parts
        )
        return f"({joined})" if self.chance.random() < 0.2 else joined

    def _term(self, depth):
        if depth and self.chance.random() < 0.2:
            path, parts, is_free = self.chance.choice(self.brackets)
            return f"{self._cased(path)}[{self._inside(path, parts, is_free, 2)}]"
        attribute = self.chance.choice(self.attributes)
        path = self._cased(attribute.path)
        if attribute.is_foreign or (attribute.schema and self.chance.random() < 0.12):
            path = f"{self._cased(attribute.schema)}:{path}"
        return self._test(path, attribute)

    def _inside(self, outer, parts, is_free, depth):
        shape = self.chance.random()
        if depth == 0 or shape < 0.5:
            part = self.chance.choice(parts)
            return self._test(self._cased(part.path.removeprefix(f"{outer}.")), part)
        # Of several values, which one is meant is asked one by one: no `and`.
        word = "or" if shape < 0.7 or not is_free else "and"
        both = f" {self._cased(word)} ".join(self._inside(outer, parts, is_free, depth - 1) for _ in range(2))
        return f"not ({both})" if is_free and self.chance.random() < 0.2 else f"({both})"

    def _test(self, path, attribute):
        if not attribute.values or self.chance.random() < 0.12:
            return f"{path}{self._space(1)}{self._cased('pr')}"
        operator = self.chance.choice(attribute.operators)
        value = self.chance.choice(attribute.values)
        if isinstance(value, str) and attribute.operators is ALL:
            value = self._changed(value, operator)
        return f"{path}{self._space(1)}{self._cased(operator)}{self._space(1)}{self._written(value)}"

    def _changed(self, value, operator):
        """A text that may be equal to another, or a part of it."""
        if operator in ("co", "sw", "ew") and len(value) > 1:
            size = self.chance.randint(1, min(len(value), 6))
            start = {"sw": 0, "ew": len(value) - size}.get(operator, self.chance.randint(0, len(value) - size))
            value = value[start:start + size]
        value = self.chance.choice([value, value, value, value.upper(), value.lower(), value.swapcase()])
        return value + "x" if self.chance.random() < 0.05 else value

    def _written(self, value):
        if not isinstance(value, str) or value.startswith("{"):
            return f'"{value}"' if isinstance(value, str) else json.dumps(value)
        return json.dumps(value, ensure_ascii=self.chance.random() < 0.2)

    def _cased(self, word):
        if self.chance.random() < 0.7:
            return word
        return "".join(self.chance.choice([letter.upper(), letter.lower()]) for letter in word)

    def _space(self, least):
        return " " * max(least, self.chance.choice([0, 1, 1, 1, 1, 2]))
