"""A user from staging to deletion, told with the generated client."""

import os
from collections.abc import Callable
from uuid import UUID

from usher_pydantic import ApiClient, ApiException, Configuration
from usher_pydantic.api.connections_api import ConnectionsApi
from usher_pydantic.api.previews_api import PreviewsApi
from usher_pydantic.api.users_api import UsersApi
from usher_pydantic.models.account_role import AccountRole
from usher_pydantic.models.plan_decision import PlanDecision
from usher_pydantic.models.preview_assertion import PreviewAssertion
from usher_pydantic.models.preview_request import PreviewRequest
from usher_pydantic.models.problem import Problem
from usher_pydantic.models.team_role import TeamRole
from usher_pydantic.models.user_changes import UserChanges
from usher_pydantic.models.user_draft import UserDraft
from usher_pydantic.models.user_status import UserStatus
from usher_pydantic.models.user_team_draft import UserTeamDraft

client = ApiClient(Configuration(host=os.environ["USHER_URL"], access_token=os.environ["USHER_API_KEY"]))
users = UsersApi(client)


def rejected(status: int, call: Callable[[], object]) -> None:
    """The call is rejected with this status, and the problem says so as well."""
    try:
        call()
    except ApiException as rejection:
        assert rejection.status == status, rejection
        assert isinstance(rejection.data, Problem) and rejection.data.status == status, rejection
    else:
        raise AssertionError(f"not rejected with {status}")


# Stage a user into a team that is not there yet.
draft = UserDraft(
    email="ada.lovelace@pydantic.example",
    role=AccountRole.USER,
    department="Engines",
    teams=[UserTeamDraft(name="Analysts of Pydantic", role=TeamRole.USER)],
    createMissingTeams=True,
)
staged = users.create_user_with_http_info(draft)
ada = staged.data
assert ada.first_name == "Ada"
assert ada.status is UserStatus.STAGED
assert ada.teams and ada.teams[0].name == "Analysts of Pydantic"
first_tag = {name.lower(): value for name, value in (staged.headers or {}).items()}["etag"]

# Find her.
found = users.list_users(filter=f'email eq "{ada.email}"')
assert [user.id for user in found.items] == [ada.id]

# Change her, if nobody else has, and take a value away.
change = UserChanges(position="Analyst", department=None)
changed = users.update_user(ada.id, change, if_match=first_tag)
assert changed.position == "Analyst"
assert changed.department is None

# A request with a stale ETag is rejected with 412.
rejected(412, lambda: users.update_user(ada.id, change, if_match=first_tag))

# There is one user for each e-mail address.
rejected(409, lambda: users.create_user(UserDraft(email=ada.email)))

# List a few, page by page.
staff = {ada.id}
for email in ["bea@pydantic.example", "cyd@pydantic.example"]:
    staff.add(users.create_user(UserDraft(email=email)).id)
listed: list[UUID] = []
cursor: str | None = None
while True:
    page = users.list_users(filter='email ew "@pydantic.example"', count=2, cursor=cursor)
    listed += [user.id for user in page.items]
    cursor = page.next_cursor
    if cursor is None:
        break
assert len(listed) == 3
assert set(listed) == staff

# See what her first login would do.
connection = ConnectionsApi(client).list_connections().items[0]
assertion = PreviewAssertion(nameId=ada.email, attributes={"department": ["Engines"]})
preview = PreviewsApi(client).preview_login(connection.id, PreviewRequest(assertion=assertion))
assert preview.plan is not None and preview.plan.user is not None
assert preview.plan.decision is PlanDecision.CLAIM
assert preview.plan.user.id == ada.id

# Disable her.
disabled = users.update_user(ada.id, UserChanges(disabled=True))
assert disabled.status is UserStatus.DISABLED

# Delete them all.
for user_id in staff:
    users.delete_user(user_id)
rejected(404, lambda: users.get_user(ada.id))
