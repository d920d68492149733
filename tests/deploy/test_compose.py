"""The Compose file: hardened services, secrets as files, nothing exposed."""

import re
import shutil
import stat
import tempfile
import unittest
from pathlib import Path

import yaml
from common import DEPLOY, image_user, read, run, settings, version

FILE = DEPLOY / "compose/compose.yaml"


def seconds(text):
    """A duration of seconds, such as 15s."""
    return int(re.fullmatch(r"(\d+)s", text).group(1))


class Compose(unittest.TestCase):
    def setUp(self):
        self.compose = yaml.safe_load(FILE.read_text())
        self.services = self.compose["services"]

    def test_every_service_is_hardened_and_limited(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertNotIn("cap_add", service)
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                self.assertNotEqual(service["user"].split(":")[0], "0")
                for limit in ("mem_limit", "cpus", "pids_limit"):
                    self.assertIn(limit, service)
                self.assertNotIn("privileged", service)

    def test_image_and_user_are_those_of_the_image(self):
        user, group = image_user()
        for name in ("usher", "migrate"):
            self.assertEqual(self.services[name]["user"], f"{user}:{group}")
            self.assertIn(f"usher:{version()}", self.services[name]["image"])

    def test_demo_is_not_run_and_only_loopback_is_published(self):
        self.assertEqual(self.services["usher"]["command"], ["serve"])
        self.assertEqual(self.services["migrate"]["command"], ["migrate"])
        published = {name: it["ports"] for name, it in self.services.items() if "ports" in it}
        self.assertEqual(published, {"usher": ["127.0.0.1:${USHER_PORT:-8080}:8080"]})

    def test_database_is_on_an_internal_network_only(self):
        self.assertEqual(self.services["database"]["networks"], ["database"])
        self.assertIs(self.compose["networks"]["database"]["internal"], True)

    def test_secrets_are_files_and_not_in_the_environment(self):
        for name, service in self.services.items():
            with self.subTest(name):
                variables = service["environment"]
                self.assertFalse({"USHER_SECRET_KEY", "USHER_DATABASE"} & set(variables))
                self.assertNotIn("POSTGRES_PASSWORD", variables)
                files = [value for value in variables.values() if "/run/secrets/" in value]
                self.assertEqual(files, [f"/run/secrets/{it}" for it in service["secrets"]])
        for secret in self.compose["secrets"].values():
            self.assertRegex(secret["file"], r"^\./secrets/")
        self.assertIn("/secrets", read("deploy/compose/.gitignore").split())

    def test_server_waits_for_the_database_and_its_migration(self):
        conditions = {
            name: it["condition"] for name, it in self.services["usher"]["depends_on"].items()
        }
        expected = {"database": "service_healthy", "migrate": "service_completed_successfully"}
        self.assertEqual(conditions, expected)
        self.assertEqual(self.services["usher"]["healthcheck"]["test"], ["CMD", "usher", "health"])
        self.assertIn("HEALTHCHECK", read("Dockerfile"))
        self.assertIn("healthcheck", self.services["database"])

    def test_server_has_the_time_that_requests_in_progress_have(self):
        stop = seconds(self.services["usher"]["stop_grace_period"])
        self.assertGreater(stop, settings()["grace"])

    def test_secrets_are_created_once_and_only_their_owner_reaches_them(self):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "create-secrets"
            shutil.copy(DEPLOY / "compose/create-secrets", script)
            created = run(script)
            self.assertEqual(created.returncode, 0, created.stderr)
            secrets = Path(folder) / "secrets"
            self.assertEqual(stat.S_IMODE(secrets.stat().st_mode), 0o700)
            files = {it.name: it.read_text() for it in secrets.iterdir()}
            self.assertEqual(sorted(files), ["database-password", "usher.toml"])
            password = files["database-password"]
            self.assertRegex(password, r"^[0-9a-f]{64}$")
            self.assertIn(f"postgres://usher:{password}@database/usher", files["usher.toml"])
            self.assertRegex(files["usher.toml"], r'(?m)^secret_key = "[A-Za-z0-9+/]{43}="$')
            self.assertNotIn(password, created.stdout + created.stderr)
            again = run(script)
            self.assertEqual(again.returncode, 1)
            self.assertEqual({it.name: it.read_text() for it in secrets.iterdir()}, files)


if __name__ == "__main__":
    unittest.main()
