"""Who is on both servers: the same users and groups, made by SCIM."""

import json
import random

from several import enterprise_texts, name_parts, several, texts

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USHER = "urn:ietf:params:scim:schemas:extension:usher:2.0:User"
USHER_GROUP = "urn:ietf:params:scim:schemas:extension:usher:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# userName, given name, family name, displayName, title, department, manager
_PEOPLE = [
    ("ada", "Ada", "Lovelace", None, "Analyst", "Engines", "m-7"),
    ("ADAM", "adam", "LOVELACE", "Adam L.", "analyst", "engines", "M-7"),
    ("ada.byron", "Ada", "Byron", "Countess \"Ada\"", "Analyst II", "Engines", None),
    ("grace", "Grace", "Hopper", "Grace Hopper", "Rear Admiral", "Navy", "m-1"),
    ("grace.2", "grace", "hopper", "grace hopper", None, "navy", "m-1"),
    ("Zoe", "Zoë", "Åström", "Zoë Åström", "Ärztin", "Straße", None),
    ("zoe.upper", "ZOË", "ÅSTRÖM", "ZOË ÅSTRÖM", "ÄRZTIN", "STRASSE", None),
    ("strasse", "Straße", "Groß", "Straße", "Müller", "straße", "m-2"),
    ("strasse.2", "STRASSE", "GROSS", "STRASSE", "Mueller", "strasse", "m-2"),
    ("omega", "Ωμέγα", "Σίσυφος", "Ωμέγα", "ΣΊΣΥΦΟΣ", "Ωμέγα", None),
    ("omega.upper", "ΩΜΈΓΑ", "ΣΊΣΥΦΟΣ", "ΩΜΈΓΑ", "σίσυφος", "ωμέγα", None),
    ("istanbul", "İpek", "Işık", "İpek Işık", "İ", "Istanbul", None),
    ("istanbul.2", "ipek", "ışık", "ipek ışık", "i", "istanbul", None),
    ("cafe.composed", "Café", "Noël", "Café", "café", None, None),
    ("cafe.apart", "Cafe\u0301", "Noe\u0308l", "Cafe\u0301", "CAFE\u0301", None, None),
    ("quote", 'O"Brien', 'Mc"Quote', 'He said "hi"', '"', 'a"b', 'm"3'),
    ("backslash", "Back\\slash", "C:\\temp", "\\", "\\\\", "a\\b", "m\\4"),
    ("apostrophe", "D'Arcy", "O'Neil", "D'Arcy", "Sr. O'Neil", "R&D", "m&5"),
    ("brackets", "[x]", "(y)", "a [b] (c)", "not (this)", "and or", None),
    ("percent", "100%", "under_score", "100% sure_", "%", "_", "50%"),
    ("emoji", "🚀", "Rocket", "🚀 Rocket", "👩🚀", "Space", None),
    ("cjk", "太郎", "山田", "山田太郎", "部長", "東京", None),
    ("arabic", "ليلى", "حداد", "ليلى حداد", None, "قسم", None),
    ("only.given", "Solo", None, None, None, None, None),
    ("only.family", None, "Mono", None, None, None, None),
    ("plain", None, None, None, None, None, None),
    ("plain.2", None, None, "Shown", None, None, None),
    ("numbers", "007", "42", "007", "1", "10", "9"),
    ("numbers.2", "7", "042", "7", "01", "9", "10"),
    ("same.1", "Same", "Same", "Same Same", "Same", "Same", "same"),
    ("same.2", "Same", "Same", "Same Same", "Same", "Same", "same"),
    ("same.3", "same", "SAME", "SAME same", "same", "SAME", "SAME"),
    ("keyword", "true", "null", "false", "eq", "not", "and"),
    ("dashed-name", "Jean-Luc", "Smith-Jones", "Jean-Luc", "Vice-President", "A-B", "m-8"),
    ("spaced", "Mary Ann", "van der Berg", "Mary  Ann", "Head  of", "Two Words", "m 6"),
]


def placeholder(what, name):
    """What stands for something of a resource in a filter: its `id`, say."""
    return "{%s:%s}" % (what, name.replace('"', "'").replace("\\", "/"))


def _cycle(values, place):
    return values[place % len(values)]


def people():
    """What each user is given, in the order in which they are made."""
    numbered = [(f"worker{n:02}", _cycle(["Ann", "ann", "Bo", "Cy", None], n), _cycle(["Li", "LI", "Mo", None], n),
                 _cycle([None, "Worker", "worker", "Night Owl"], n), _cycle([None, "Clerk", "clerk", "Cook"], n),
                 _cycle(["Night", None, "Day", "night"], n), _cycle([None, "m-1", "M-1"], n)) for n in range(20)]
    for place, person in enumerate(_PEOPLE + numbered):
        user_name, given, family, shown, title, department, manager = person
        local = user_name if place % 4 else user_name.upper()
        address = f"{local}@{_cycle(['example.com', 'Example.org', 'mail.example.com'], place)}"
        name = {"givenName": given, "familyName": family}
        name = {part: value for part, value in name.items() if value}
        name.update(name_parts(place))
        ours = {"role": _cycle(["STAKEHOLDER", "USER", "RESPONDER", "ADMIN", "GUEST"], place)}
        if place % 6 == 0:
            ours["mobile"] = {"regionCode": "CH", "number": f"+417812345{place:02}"}
        yield {
            "schemas": [USER, ENTERPRISE, USHER],
            "userName": user_name,
            **several(place, address),
            **texts(place),
            "active": place % 5 != 3,
            USHER: ours,
            **({"name": name} if name else {}),
            **({"displayName": shown} if shown else {}),
            **({"title": title} if title else {}),
            **({"externalId": _cycle(["ext-", "EXT-", "Ext-ß-"], place) + str(place // 2)} if place % 3 else {}),
            ENTERPRISE: {
                **enterprise_texts(place),
                **({"department": department} if department else {}),
                **({"manager": {"value": manager}} if manager else {}),
            },
        }


def groups():
    """What each group is called, what the client calls it, and who is in it."""
    names = ["Ops", "ops night", "OPS Day", "Straße 7", "Ωμέγα", 'Quo"te', "Back\\slash", "Empty", "empty two",
             "Everybody", "B", "a", "É", "e", "100%", "z_z"]
    users = [person["userName"] for person in people()]
    for place, name in enumerate(names):
        members = users if name == "Everybody" else users[place::11] if place % 4 != 3 else []
        external = f"{_cycle(['grp-', 'GRP-'], place)}{place // 2}" if place % 3 else None
        yield name, external, members


class Population:
    """The resources of both servers, and what each calls the same thing.

    `things` has, for each server, what stands for a placeholder in a filter:
    `{id:ada}`, `{created:ada}` and so on.
    """

    def __init__(self, usher, reference):
        self.usher = usher
        self.reference = reference
        self.things = {usher: {}, reference: {}}
        self.resources = {"Users": {}, "Groups": {}}
        for endpoint in self.resources:
            if usher.done("GET", f"/{endpoint}?count=0")["totalResults"]:
                raise SystemExit(f"there are {endpoint} already")
        self._make_users()
        self._make_groups()
        shuffled = random.Random(5)
        self._finish("Users", shuffled)
        self._finish("Groups", shuffled)
        self._check()

    def _know(self, server, name, resource):
        meta = resource["meta"]
        known = {"id": resource["id"], "created": meta["created"], "modified": meta["lastModified"],
                 "location": meta["location"], "version": meta["version"]}
        self.things[server].update({placeholder(what, name): value for what, value in known.items()})

    def _address(self, server, endpoint, name):
        return f"/{endpoint}/{self.things[server][placeholder('id', name)]}"

    def _base(self, server):
        """The address of SCIM as the server itself writes it."""
        locations = (value for what, value in self.things[server].items() if what.startswith("{location:"))
        return next(locations).rsplit("/", 2)[0]

    def fill(self, server, text):
        """A text with its placeholders filled, as JSON writes what fills them."""
        for placeholder, value in self.things[server].items():
            if placeholder in text:
                text = text.replace(placeholder, json.dumps(value)[1:-1])
        return text

    def _translated(self, resource):
        """A resource of Usher in the reference's terms: its ids, its address."""
        text = json.dumps(resource)
        for placeholder, value in self.things[self.usher].items():
            if placeholder.startswith("{id:"):
                text = text.replace(value, self.things[self.reference][placeholder])
        told = json.loads(text.replace(self._base(self.usher), self._base(self.reference)))
        told.pop("meta", None)
        return told

    def _make_users(self):
        for person in people():
            made = self.usher.done("POST", "/Users", {**person, ENTERPRISE: {**person[ENTERPRISE], "department": "New"}})
            self._know(self.usher, person["userName"], made)
            minimal = {"schemas": [USER], "userName": person["userName"]}
            self._know(self.reference, person["userName"], self.reference.done("POST", "/Users", minimal))

    def _make_groups(self):
        for name, external, members in groups():
            ids = [{"value": self.things[self.usher][placeholder("id", user)]} for user in members]
            group = {"schemas": [GROUP], "displayName": f"New {name}", "members": ids}
            if external:
                group["externalId"] = external
            self._know(self.usher, name, self.usher.done("POST", "/Groups", group))
            minimal = {"schemas": [GROUP], "displayName": f"New {name}"}
            self._know(self.reference, name, self.reference.done("POST", "/Groups", minimal))

    def _finish(self, endpoint, shuffled):
        """Changes each resource once, in one order on both servers, so that those
        who changed last are the same; and tells the reference what Usher has."""
        if endpoint == "Users":
            path = f"{ENTERPRISE}:department"
            wanted = {person["userName"]: (path, person[ENTERPRISE].get("department")) for person in people()}
        else:
            wanted = {name: ("displayName", name) for name, _, _ in groups()}
        names = list(wanted)
        shuffled.shuffle(names)
        for name in names:
            path, value = wanted[name]
            change = {"op": "replace", "path": path, "value": value} if value else {"op": "remove", "path": path}
            address = self._address(self.usher, endpoint, name)
            self.usher.done("PATCH", address, {"schemas": [PATCH], "Operations": [change]})
            self.resources[endpoint][name] = self.usher.done("GET", address)
        # Groups are renamed before anybody is told of them.
        for name in names if endpoint == "Groups" else []:
            self._tell(endpoint, name)
        if endpoint == "Groups":
            for name in self.resources["Users"]:
                address = self._address(self.usher, "Users", name)
                self.resources["Users"][name] = self.usher.done("GET", address)
                self._tell("Users", name)

    def _tell(self, endpoint, name):
        address = self._address(self.reference, endpoint, name)
        resource = self.resources[endpoint][name]
        told = self.reference.done("PUT", address, self._translated(resource))
        self._know(self.usher, name, resource)
        self._know(self.reference, name, told)

    def _check(self):
        """That both show the same of everybody, but for what each says itself."""
        for endpoint, resources in self.resources.items():
            for name, resource in resources.items():
                address = self._address(self.reference, endpoint, name)
                shown = self.reference.done("GET", address)
                shown.pop("meta")
                told = self._translated(resource)
                for one in (shown, told):
                    one["schemas"] = sorted(one["schemas"])
                    for unordered in ("members", "groups"):
                        if unordered in one:
                            one[unordered].sort(key=lambda value: value["value"])
                if shown != told:
                    raise SystemExit(f"{name} differs:\n{json.dumps(told)}\n{json.dumps(shown)}")
