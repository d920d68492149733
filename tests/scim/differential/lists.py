"""Sorting and paging: what lists are asked for, and when two of them agree."""

import unicodedata

from grammar import walk
from population import ENTERPRISE, USER, placeholder

# By what both sort. With each: whether no two resources have the same.
SORTED = {
    "Users": {"userName": True, "emails": True, "emails.value": True, "name.givenName": False, "name.familyName": False,
              "displayName": False, "meta.created": True, "meta.lastModified": True, "USERNAME": True,
              f"{USER}:userName": True, f"{USER}:NAME.familyname": False},
    "Groups": {"displayName": True, "meta.created": True, "meta.lastModified": True, "DISPLAYNAME": True},
}
# By what Usher does not sort, and what neither does.
UNSORTED = {
    "Users": ["title", "active", "externalId", "name.formatted", f"{ENTERPRISE}:department", "groups", "groups.display",
              "emails.type", "photos.value", "meta.resourceType", "meta.location"],
    "Groups": ["externalId", "members", "members.value", "meta.resourceType", "meta.location"],
}
REFUSED = {
    "Users": ["name", "nothing", "name.nothing", "userName.value", "members", "meta", "urn:example:nothing:1.0:User:userName", "a b"],
    "Groups": ["userName", "nothing", "meta", "name.familyName"],
}
FILTERS = {
    "Users": [None, 'active eq true', 'name.familyName pr', 'not (name.familyName pr)', 'userName sw "worker" and title pr',
              'groups eq "{id:Everybody}"', 'userName eq "ada"', 'userName eq "nobody"',
              'displayName co "a" or emails[value ew "example.org"]'],
    "Groups": [None, 'members pr', 'displayName co "e"', 'members eq "{id:ada}"', 'displayName eq "nothing"'],
}
PAGES = [{}, {"startIndex": 1}, {"startIndex": 0}, {"startIndex": -7}, {"startIndex": 2}, {"startIndex": 16, "count": 1},
         {"startIndex": 17, "count": 1}, {"startIndex": 55}, {"startIndex": 56}, {"startIndex": 100000}, {"count": 0},
         {"count": -1}, {"count": 1}, {"count": 3}, {"count": 1000}, {"startIndex": 3, "count": 5}, {"startIndex": 50, "count": 10},
         {"startIndex": 4, "count": 0}, {"startIndex": 0, "count": 2}, {"startIndex": -3, "count": -3},
         {"startIndex": 5, "count": 1000}]
UNREADABLE = [{"startIndex": "x"}, {"startIndex": ""}, {"startIndex": "1.5"}, {"count": "x"}, {"count": ""}, {"count": "1.5"},
              {"sortBy": "id", "sortOrder": "upwards"}]


def cases(endpoint):
    """The queries of an endpoint: its parameters, and whether they are posted."""
    for text in FILTERS[endpoint]:
        filtered = {"filter": text} if text else {}
        for by in [*SORTED[endpoint], "id"]:
            for order in ({}, {"sortOrder": "ascending"}, {"sortOrder": "descending"}):
                yield {**filtered, "sortBy": by, **order, "count": 1000}, len(by) % 2 == 0
    for by in [*UNSORTED[endpoint], *REFUSED[endpoint]]:
        for order in ("ascending", "descending"):
            yield {"sortBy": by, "sortOrder": order, "count": 1000}, False
    for place, page in enumerate(PAGES):
        yield page, place % 2 == 1
        for text in FILTERS[endpoint][1:]:
            yield {**page, "filter": text}, place % 2 == 0
        for by in SORTED[endpoint]:
            yield {**page, "sortBy": by, "sortOrder": "descending" if place % 3 else "ascending"}, place % 2 == 0
    for page in UNREADABLE:
        yield page, False


class Order:
    """When two lists are in the same order."""

    def __init__(self, population):
        self.population = population

    def keys(self, server, endpoint, names, by):
        """By what each of these is sorted: None if it has no such value."""
        by = by.rsplit(":", 1)[-1]
        whats = {"meta.created": "created", "meta.lastmodified": "modified", "id": "id"}
        if what := whats.get(by.lower()):
            things = self.population.things[server]
            return [things[placeholder(what, name)] for name in names]
        return [self._value(self.population.resources[endpoint][name], by) for name in names]

    @staticmethod
    def _value(resource, by):
        names = []
        for part in by.split("."):
            resource_here = walk(resource, names)[0] if walk(resource, names) else {}
            names += [name for name in resource_here if name.lower() == part.lower()] or [part]
        found = walk(resource, names)
        value = found[0]["value"] if found and isinstance(found[0], dict) else (found or [None])[0]
        return unicodedata.normalize("NFC", value.lower()) if isinstance(value, str) else value

    def agree(self, endpoint, parameters, usher, reference):
        """Whether two answers to a query of a list are the same."""
        if usher.refusal or reference.refusal:
            # Which scimType a refusal of an order has, the RFC leaves open.
            return bool(usher.refusal and reference.refusal) and usher.refusal[0] == reference.refusal[0] == 400 and (
                "sortBy" in parameters or usher.refusal == reference.refusal)
        counted = all(one.items == len(one.names) == len(set(one.names)) for one in (usher, reference))
        if not counted or (usher.total, usher.items, usher.start) != (reference.total, reference.items, reference.start):
            return False
        by = parameters.get("sortBy")
        if by is None:
            return usher.items < usher.total or sorted(usher.names) == sorted(reference.names)
        if by == "id":
            # Each has ids of its own.
            is_reversed = parameters.get("sortOrder") == "descending"
            servers = (self.population.usher, usher), (self.population.reference, reference)
            every = [self.keys(server, endpoint, one.names, by) for server, one in servers]
            return all(keys == sorted(keys, reverse=is_reversed) for keys in every)
        if by.lower().startswith("meta.") or SORTED[endpoint].get(by):
            return usher.names == reference.names
        # Those with the same value come in any order.
        same = [self.keys(None, endpoint, one.names, by) for one in (usher, reference)]
        whole = usher.items == usher.total
        return same[0] == same[1] and (not whole or sorted(usher.names) == sorted(reference.names))


def walked(both, server_index, endpoint, parameters, size):
    """All names of a list, page by page."""
    names, start = [], 1
    while True:
        page = both.ask(endpoint, {**parameters, "startIndex": start, "count": size})[server_index]
        names += page.names
        start += size
        if start > page.total:
            return names
