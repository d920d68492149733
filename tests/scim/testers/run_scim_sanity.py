"""scim-sanity, strict, against a server: what it finds has to be known.

The server and a key of the dialect `STRICT` are told by the environment:
USHER_SCIM_URL, USHER_SCIM_KEY.

One thing is known. The tester adds a member whom it calls "fake-member-id" to a
group, and wants 200. There is no such user, and RFC 7643, section 4.2, says of a
member: "The "value" sub-attribute contains the value of an "id" attribute of a
SCIM resource". To take it would be to make a group whose member is nobody.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

KNOWN = {("PATCH /Groups/{id} add member", "Expected 200, got 400")}
# What Usher does not have: draft-abbey-scim-agent-extension.
SKIPPED = {"Agent CRUD Lifecycle", "AgenticApplication CRUD Lifecycle", "Agent Rapid Lifecycle"}
FEWEST = 27


def main():
    tester = Path(sys.executable).with_name("scim-sanity")
    command = [tester, "probe", os.environ["USHER_SCIM_URL"], "--token", os.environ["USHER_SCIM_KEY"],
               "--strict", "--json-output", "--i-accept-side-effects"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    try:
        results = json.loads(done.stdout)["results"]
    except (ValueError, KeyError) as why:
        raise SystemExit(f"no results ({why}): {done.stdout}{done.stderr}")
    by_status = lambda *names: [one for one in results if one["status"].lower() in names]
    passed = by_status("pass")
    found = {(one["name"], one["message"]) for one in results if one not in passed and one not in by_status("skip")}
    wrong = [f"found: {one}" for one in sorted(found - KNOWN)]
    wrong += [f"known, and not found any more: {one}" for one in sorted(KNOWN - found)]
    wrong += [f"skipped: {one['name']}" for one in by_status("skip") if one["name"] not in SKIPPED]
    if len(passed) < FEWEST:
        wrong.append(f"only {len(passed)} passed: {FEWEST} have to")
    print(*wrong, f"{len(passed)} passed, {len(wrong)} errors", sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
