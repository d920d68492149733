"""What the tests of the deployment files share."""

import pathlib
import re
import subprocess
import tomllib

PROJECT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = PROJECT / "target/deploy-tools"
DEPLOY = PROJECT / "deploy"


def read(path):
    """The text of a file of the project."""
    return (PROJECT / path).read_text()


def run(*command, **options):
    """Runs a command. Returns its exit code, standard output and standard error."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, **options)


def settings():
    """The settings of usher.toml with their defaults."""
    lines = re.findall(r"^#([a-z_]+ = .*)$", read("usher.toml"), re.MULTILINE)
    return tomllib.loads("\n".join(lines))


def version():
    """The version of the program."""
    return tomllib.loads(read("Cargo.toml"))["package"]["version"]


def image_user():
    """The user and group ID of the image."""
    user, group = re.search(r"^USER (\d+):(\d+)$", read("Dockerfile"), re.MULTILINE).groups()
    return int(user), int(group)


def has_route(path):
    """Whether the program has a page at this path."""
    return f'"{path}" {{ get:' in read("src/http/router.rs")
