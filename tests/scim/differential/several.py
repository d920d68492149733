"""What the users of the population have several values of, and their other texts."""


def _cycle(values, place):
    return values[place % len(values)]


def _emails(place, address):
    """The login address first; then addresses that several users have."""
    others = [
        {"value": f"shared{place % 5}@Home.example", "type": _cycle(["home", "HOME", "other"], place), "display": "At home"},
        {"value": f"old{place % 9}@example.org", "display": _cycle(["Old", "old", "Straße 7"], place)},
        {"value": f"Team{place % 3}@example.com", "type": "other", "primary": False},
    ]
    first = {"value": address, **_cycle([{}, {"type": "work", "primary": True}, {"primary": True}], place)}
    return [first, *others[: _cycle([0, 1, 0, 2, 3], place)]]


def _phone_numbers(place):
    numbers = [
        {"value": f"+41-44-668-{place % 8:02}-00", "type": "work", "primary": True},
        {"value": f"tel:+4144668{place % 6:02}01", "type": _cycle(["home", "pager"], place), "display": "Front desk"},
        {"value": f"ext. {place % 4}", "type": "other"},
        {"value": f"030 {place % 5} 12 34", "type": _cycle(["fax", "FAX"], place), "primary": False},
    ]
    return numbers[_cycle([4, 3, 2, 0, 1], place):]


def _addresses(place):
    addresses = [
        {"streetAddress": f"Straße {place % 4}", "locality": _cycle(["Zürich", "ZÜRICH", "Bern"], place),
         "postalCode": f"80{place % 6:02}", "country": _cycle(["CH", "ch"], place), "type": "work", "primary": True},
        {"formatted": f"{place % 3} \"Quote\" Road\nLondon", "locality": "London", "region": _cycle(["Greater London", "LDN"], place),
         "country": "GB", "type": "home"},
        {"locality": "New York", "region": "NY", "postalCode": "10001", "country": "US"},
    ]
    return addresses[_cycle([3, 2, 0, 1, 2], place):]


def several(place, address):
    """The multi-valued attributes of a user."""
    lists = {
        "emails": _emails(place, address),
        "phoneNumbers": _phone_numbers(place),
        "addresses": _addresses(place),
        "ims": [{"value": f"Chat{place % 6}", "type": _cycle(["xmpp", "skype"], place), "display": f"chat {place % 2}"},
                {"value": f"chat{place % 4}@im.example"}][: _cycle([0, 1, 2], place)],
        "roles": [{"value": _cycle(["Lead", "lead", "Straße"], place), "type": "org", "primary": True},
                  {"value": f"Role {place % 5}", "display": "A role"}][_cycle([2, 0, 1, 2], place):],
        "entitlements": [{"value": _cycle(["Library card", "library CARD", "Parking"], place)},
                         {"value": f"Door {place % 7}", "type": "key"}][: _cycle([0, 0, 1, 2], place)],
        "photos": [{"value": f"https://pics.example/{_cycle('aAb', place)}/{place % 7}.png"},
                   {"value": f"https://pics.example/thumb/{place % 3}.png", "type": "thumbnail"}][: _cycle([0, 1, 0, 2], place)],
    }
    return {name: values for name, values in lists.items() if values}


def texts(place):
    """The core texts that are not in the population's table."""
    found = {
        "nickName": _cycle([None, "Addie", "ADDIE", "Lü"], place),
        "profileUrl": _cycle([None, f"https://people.example/{place % 5}", f"https://people.example/A{place % 3}"], place),
        "userType": _cycle(["Employee", None, "employee", "Contractor"], place),
        "preferredLanguage": _cycle([None, "en-GB", "de-CH", "fr, en;q=0.8"], place),
        "locale": _cycle([None, None, "en-US", "de-CH"], place),
        "timezone": _cycle([None, "Europe/Zurich", "America/New_York"], place),
    }
    return {name: value for name, value in found.items() if value}


def name_parts(place):
    """The parts of the name that are not in the population's table."""
    found = {
        "middleName": _cycle([None, None, "Augusta", "augusta"], place),
        "honorificPrefix": _cycle([None, "Dr.", "Prof."], place),
        "honorificSuffix": _cycle([None, None, None, "III"], place),
    }
    return {name: value for name, value in found.items() if value}


def enterprise_texts(place):
    """The texts of the enterprise extension that are not in the population's table."""
    found = {
        "employeeNumber": str(700000 + place * 7),
        "costCenter": _cycle([None, "4130", "cc-Ä", "CC-ä"], place),
        "organization": _cycle([None, "Analytical Society", "ANALYTICAL society"], place),
        "division": _cycle([None, None, "Engines", "ENGINES"], place),
    }
    return {name: value for name, value in found.items() if value}
