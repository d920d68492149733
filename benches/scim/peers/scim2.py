"""scim2-server, as its own command starts it, behind a server for production.

Its command serves each request over a connection of its own; waitress keeps
connections open, which is faster. Takes a port of 127.0.0.1.
"""

import logging
import secrets
import sys

import waitress
from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

config = load_default_service_provider_config()
config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
provider = ScimProvider.from_discovery(
    load_default_schemas().values(), load_default_resource_types().values(), config=config
)
service = ScimService(provider, secret=secrets.token_urlsafe(32))
application = BearerTokenApplication(
    InMemoryStorage(), provider, service=service, bearer_tokens=["bench"]
)
# A client that waits its turn is what is measured.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)
waitress.serve(
    application,
    listen=f"127.0.0.1:{sys.argv[1]}",
    max_request_body_size=1 << 30,
    threads=8,
)
