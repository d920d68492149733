"""Asks Usher and scim2-server the same, and fails where they differ without a reason.

Usher's address and a key of the dialect `STRICT` are told by the environment:
USHER_SCIM_URL, USHER_SCIM_KEY. DIFFERENTIAL_SEED is the seed of the filters that
are made by chance, DIFFERENTIAL_FILTERS how many are made for users.
"""

import collections
import os
import sys

import edges
import lists
from asking import Both, terms
from differences import OF_FILTERS, OF_LISTS, OF_TERMS
from grammar import Grammar
from population import Population
from servers import Reference, Server

WANTED = 1000


class Run:
    """What was asked, and what came of it."""

    def __init__(self, population, seed, size):
        self.both = Both(population)
        self.population = population
        self.seed = seed
        self.size = size
        self.agreed = collections.Counter()
        self.explained = collections.Counter()
        self.unexplained = []

    def filters(self):
        """The filters by hand, and those by chance."""
        for endpoint, texts in (("Users", edges.USERS), ("Groups", edges.GROUPS)):
            for place, text in enumerate(texts):
                self._filter("edge", endpoint, text, is_posted=place % 3 == 2)
        for endpoint, size in (("Users", self.size), ("Groups", self.size // 3)):
            grammar = Grammar(self.population, endpoint, self.seed)
            for place in range(size):
                self._filter("generated", endpoint, grammar.filter(), is_posted=place % 4 == 3)

    def _filter(self, kind, endpoint, text, is_posted):
        usher, reference, is_same = self.both.filtered(endpoint, text, is_posted)
        if is_same:
            everybody = len(self.population.resources[endpoint])
            found = "refused" if usher.refusal else {0: "none", everybody: "all"}.get(len(usher.names), "some")
            self.agreed[kind, found] += 1
        elif reasons := self._reasons(endpoint, text, usher, reference):
            self._explain(kind, reasons)
        else:
            self._complain(f"{kind} filter of {endpoint}: {self.population.fill(self.population.usher, text)}", usher, reference)

    def _reasons(self, endpoint, text, usher, reference):
        """What explains a difference; nothing unless all of it is explained."""
        reasons = []
        for term in terms(text):
            one, other, is_same = self.both.alone(endpoint, term, bool(usher.refusal))
            if not is_same:
                of_term = [entry for entry in OF_TERMS if entry.holds(term, one, other)]
                if not of_term:
                    return []
                reasons += of_term
        return reasons or [entry for entry in OF_FILTERS if entry.holds(text, usher, reference)]

    def lists(self):
        """Orders and pages."""
        order = lists.Order(self.population)
        for endpoint in self.population.resources:
            for parameters, is_posted in lists.cases(endpoint):
                usher, reference = self.both.ask(endpoint, parameters, is_posted)
                if order.agree(endpoint, parameters, usher, reference):
                    self.agreed["list", "refused" if usher.refusal else "answered"] += 1
                elif reasons := [entry for entry in OF_LISTS if entry.holds(order, endpoint, parameters, usher, reference)]:
                    self._explain("list", reasons)
                else:
                    self._complain(f"list of {endpoint}: {parameters}", usher, reference)
            for by, size in ((by, size) for by in [*lists.SORTED[endpoint], None] for size in (7, 30)):
                self._walk(endpoint, {"sortBy": by} if by else {}, size)

    def _walk(self, endpoint, parameters, size):
        for place, server in enumerate((self.population.usher, self.population.reference)):
            whole = self.both.ask(endpoint, {**parameters, "count": 1000})[place].names
            paged = lists.walked(self.both, place, endpoint, parameters, size)
            if list(whole) != paged:
                self.unexplained.append(f"{server.name}: pages of {size} of {endpoint} {parameters} are not the whole list")
            else:
                self.agreed["list", "walked"] += 1

    def _explain(self, kind, reasons):
        for entry in dict.fromkeys(map(id, reasons)):
            known = next(one for one in reasons if id(one) == entry)
            known.uses += 1
            self.explained[kind, known.name] += 1

    def _complain(self, what, usher, reference):
        self.unexplained.append(f"{what}\n    Usher:        {usher}\n    scim2-server: {reference}")

    def report(self):
        """Prints what came of it. Whether all is well."""
        print(f"seed {self.seed}")
        for (kind, found), times in sorted(self.agreed.items()):
            print(f"{times:6} agree: {kind}, {found}")
        for (kind, name), times in sorted(self.explained.items()):
            print(f"{times:6} differ: {kind}, {name}")
        for entry in [*OF_TERMS, *OF_FILTERS, *OF_LISTS]:
            if entry.uses:
                print(f"  {entry.name}: {entry.cited[0]}: \"{entry.cited[1]}\". {entry.why}")
        unused = [entry.name for entry in [*OF_TERMS, *OF_FILTERS, *OF_LISTS] if not entry.uses]
        generated = sum(times for (kind, _), times in self.agreed.items() if kind == "generated")
        telling = self.agreed["generated", "some"]
        wrong = [f"unexplained: {one}" for one in self.unexplained]
        wrong += [f"an allowed difference that is none: {name}" for name in unused]
        if generated < WANTED:
            wrong.append(f"only {generated} generated filters agree: {WANTED} have to")
        if telling < WANTED // 2:
            wrong.append(f"only {telling} of them find some, but not all: {WANTED // 2} have to")
        print(*wrong, sep="\n", end="\n" if wrong else "")
        print(f"{generated} generated filters agree ({telling} of them find some, but not all); "
              f"{sum(self.agreed.values())} queries in all; {len(wrong)} errors")
        return not wrong


def main():
    usher = Server("Usher", os.environ["USHER_SCIM_URL"], os.environ["USHER_SCIM_KEY"])
    reference = Reference(usher)
    try:
        seed = os.environ.get("DIFFERENTIAL_SEED", "7644")
        run = Run(Population(usher, reference), seed, int(os.environ.get("DIFFERENTIAL_FILTERS", "1000")))
        run.filters()
        run.lists()
        return 0 if run.report() else 1
    finally:
        usher.close()
        reference.stop()


if __name__ == "__main__":
    sys.exit(main())
