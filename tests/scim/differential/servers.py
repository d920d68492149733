"""The two servers: how they are reached, and how the reference is started."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse

MEDIA_TYPE = "application/scim+json"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class Server:
    """A SCIM server under a base address."""

    def __init__(self, name, base, token=None):
        self.name = name
        self.base = base.rstrip("/")
        address = urllib.parse.urlsplit(self.base)
        self._prefix = address.path
        self._connect = lambda: http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self._connection = None
        self._headers = {"Accept": MEDIA_TYPE}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None):
        """The status and the JSON body of an answer."""
        headers = dict(self._headers)
        if body is not None:
            body = json.dumps(body).encode()
            headers["Content-Type"] = MEDIA_TYPE
        for is_last in (False, True):
            self._connection = self._connection or self._connect()
            try:
                self._connection.request(method, self._prefix + path, body, headers)
                answer = self._connection.getresponse()
                text = answer.read()
                if answer.will_close:
                    self.close()
                return answer.status, json.loads(text) if text else None
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A connection that was kept open may have been ended since.
                self.close()
                if is_last or method != "GET":
                    raise

    def done(self, method, path, body=None):
        """The body of an answer that has to be a success."""
        status, answer = self.ask(method, path, body)
        if not 200 <= status < 300:
            raise SystemExit(f"{self.name}: {method} {path} {json.dumps(body)}: {status} {json.dumps(answer)}")
        return answer

    def query(self, endpoint, parameters, is_posted=False):
        """The answer to a list's query, in an address or posted (RFC 7644, section 3.4.3)."""
        if is_posted:
            return self.ask("POST", f"/{endpoint}/.search", {"schemas": [SEARCH], **parameters})
        return self.ask("GET", f"/{endpoint}?{urllib.parse.urlencode(parameters)}")

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None


def settable(attribute):
    """An attribute of a schema, and its parts, as one that a client may write.

    Usher fills some attributes itself. The reference is told what Usher made of
    them, and so has to take them from a client.
    """
    parts = [settable(part) for part in attribute.get("subAttributes", [])]
    fixed = {**attribute, "mutability": "readWrite", "required": False}
    return {**fixed, "subAttributes": parts} if parts else fixed


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Reference(Server):
    """scim2-server in a process of its own, over the schemas of another server."""

    def __init__(self, usher):
        self._folder = tempfile.TemporaryDirectory()
        schemas = usher.done("GET", "/Schemas")["Resources"]
        types = usher.done("GET", "/ResourceTypes")["Resources"]
        for schema in schemas:
            schema["attributes"] = [settable(attribute) for attribute in schema["attributes"]]
        for one in schemas + types:
            one.pop("meta", None)
        command = [sys.executable, "-m", "scim2_server.testserver.cli"]
        for option, value in (("--schema", schemas), ("--resource-type", types)):
            path = os.path.join(self._folder.name, option.strip("-"))
            with open(path, "w", encoding="utf-8") as file:
                json.dump(value, file)
            command += [option, path]
        # Somebody else may take the port before the server does: then it ends,
        # and another is tried.
        for _ in range(5):
            port = free_port()
            self._process = subprocess.Popen(
                [*command, "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            if line := self._process.stdout.readline():
                super().__init__("scim2-server", line.split()[-1])
                self._said = []
                threading.Thread(target=self._listen, daemon=True).start()
                return
            said = self._process.stderr.read()
            self._process.wait()
        raise SystemExit(f"scim2-server did not start:\n{said}")

    def _listen(self):
        # A pipe that nobody reads fills up, and then the writer stands still.
        for line in self._process.stderr:
            self._said = [*self._said[-50:], line]

    def stop(self):
        self.close()
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()
