"""A user from staging to deletion, told with the generated client."""

import os
from uuid import UUID

from usher_client import AuthenticatedClient
from usher_client.api.connections import list_connections
from usher_client.api.previews import preview_login
from usher_client.api.users import create_user, delete_user, get_user, list_users, update_user
from usher_client.models import (
    AccountRole,
    ConnectionPage,
    PlanDecision,
    Preview,
    PreviewAssertion,
    PreviewAssertionAttributes,
    PreviewRequest,
    Problem,
    TeamRole,
    User,
    UserChanges,
    UserDraft,
    UserPage,
    UserStatus,
    UserTeamDraft,
)

usher = AuthenticatedClient(
    base_url=os.environ["USHER_URL"],
    token=os.environ["USHER_API_KEY"],
    raise_on_unexpected_status=True,
)

# Stage a user into a team that is not there yet.
staged = create_user.sync_detailed(
    client=usher,
    body=UserDraft(
        email="ada.lovelace@python.example",
        role=AccountRole.USER,
        teams=[UserTeamDraft(name="Analysts of Python", role=TeamRole.USER)],
        create_missing_teams=True,
    ),
)
ada = staged.parsed
assert isinstance(ada, User)
assert ada.first_name == "Ada"
assert ada.status is UserStatus.STAGED
assert ada.teams and ada.teams[0].name == "Analysts of Python"
first_tag = staged.headers["ETag"]

# Find her.
found = list_users.sync(client=usher, filter_=f'email eq "{ada.email}"')
assert isinstance(found, UserPage)
assert [user.id for user in found.items] == [ada.id]

# Change her, if nobody else has.
changed = update_user.sync(
    ada.id, client=usher, if_match=first_tag, body=UserChanges(position="Analyst", department=None)
)
assert isinstance(changed, User)
assert changed.position == "Analyst"

# A request with a stale ETag is rejected with 412.
late = update_user.sync(ada.id, client=usher, if_match=first_tag, body=UserChanges(position="Countess"))
assert isinstance(late, Problem)
assert late.status == 412

# There is one user for each e-mail address.
again = create_user.sync(client=usher, body=UserDraft(email=ada.email))
assert isinstance(again, Problem)
assert again.status == 409

# List a few, page by page.
users = {ada.id}
for email in ["bea@python.example", "cyd@python.example"]:
    user = create_user.sync(client=usher, body=UserDraft(email=email))
    assert isinstance(user, User)
    users.add(user.id)
listed: list[UUID] = []
page = list_users.sync(client=usher, filter_='email ew "@python.example"', count=2)
while True:
    assert isinstance(page, UserPage)
    listed += [user.id for user in page.items]
    if not page.next_cursor:
        break
    page = list_users.sync(
        client=usher, filter_='email ew "@python.example"', count=2, cursor=page.next_cursor
    )
assert len(listed) == 3
assert set(listed) == users

# See what her first login would do.
connections = list_connections.sync(client=usher)
assert isinstance(connections, ConnectionPage)
attributes = PreviewAssertionAttributes()
attributes["department"] = ["Engines"]
preview = preview_login.sync(
    connections.items[0].id, client=usher, body=PreviewRequest(assertion=PreviewAssertion(name_id=ada.email, attributes=attributes))
)
assert isinstance(preview, Preview)
assert preview.plan and preview.plan.user
assert preview.plan.decision is PlanDecision.CLAIM
assert preview.plan.user.id == ada.id

# Disable her.
disabled = update_user.sync(ada.id, client=usher, body=UserChanges(disabled=True))
assert isinstance(disabled, User)
assert disabled.status is UserStatus.DISABLED

# Delete them all.
for user_id in users:
    assert delete_user.sync_detailed(user_id, client=usher).status_code == 204
gone = get_user.sync(ada.id, client=usher)
assert isinstance(gone, Problem)
assert gone.status == 404
