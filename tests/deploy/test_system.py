"""The systemd unit and the Debian package."""

import re
import shutil
import tempfile
import tomllib
import unittest
from pathlib import Path

from common import DEPLOY, PROJECT, TOOLS, read, run, settings

UNIT = DEPLOY / "systemd/usher.service"

# The exposure of the unit in tenths, as `systemd-analyze security` counts it. The network
# remains, and a few items that newer versions of systemd add.
MAX_EXPOSURE = 15


def setting(name):
    """The values of a setting of the unit."""
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


class Unit(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        # The program is not installed here, and the verification looks for it.
        self.copy = Path(self.folder.name) / "usher.service"
        text = UNIT.read_text().replace("ExecStart=/usr/bin/usher serve", "ExecStart=/bin/true")
        self.copy.write_text(text)

    def test_systemd_accepts_the_unit(self):
        result = run("systemd-analyze", "verify", "--man=no", self.copy)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_exposure_is_low(self):
        threshold = f"--threshold={MAX_EXPOSURE}"
        result = run("systemd-analyze", "security", "--offline=true", threshold, self.copy)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_exposure_of_a_unit_without_limits_is_found(self):
        self.copy.write_text("[Service]\nExecStart=/bin/true\n")
        threshold = f"--threshold={MAX_EXPOSURE}"
        result = run("systemd-analyze", "security", "--offline=true", threshold, self.copy)
        self.assertNotEqual(result.returncode, 0)

    def test_service_has_the_time_that_requests_in_progress_have(self):
        (stop,) = setting("TimeoutStopSec")
        self.assertGreater(int(stop.removesuffix("s")), settings()["grace"])

    def test_secret_key_is_a_credential(self):
        self.assertEqual(setting("LoadCredential"), ["usher.key:/etc/usher/usher.key"])
        # The copy has the mode and the owner that Usher requires, in a folder in memory.
        copy = "/usr/bin/install --mode=0400 %d/usher.key %t/usher/usher.key"
        self.assertEqual(setting("ExecStartPre"), [copy])
        self.assertEqual((setting("RuntimeDirectory"), setting("UMask")), (["usher"], ["0077"]))
        self.assertIn("USHER_SECRET_KEY_FILE=%t/usher/usher.key", setting("Environment"))

    def test_commands_run_as_the_service_does(self):
        script = read("deploy/systemd/usher-admin")
        same = ["User", "Group", "StateDirectory", "StateDirectoryMode", "WorkingDirectory"]
        for name in [*same, "UMask", "LoadCredential", "NoNewPrivileges", "ProtectSystem"]:
            (value,) = setting(name)
            self.assertIn(f"--property={name}={value}", script)
        self.assertIn("--setenv=USHER_CONFIG=/etc/usher/usher.toml", script)
        self.assertEqual(run("sh", "-n", DEPLOY / "systemd/usher-admin").returncode, 0)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.package = cls.build(Path(cls.folder.name))

    @staticmethod
    def build(folder):
        """Builds the package around another program: the tests run without a release
        build. The edition is older, because this cargo-deb does not know 2024."""
        for name in ("Cargo.lock", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "usher.toml"):
            shutil.copy(PROJECT / name, folder)
        for name in ("benches", "deploy", "docs"):
            (folder / name).symlink_to(PROJECT / name)
        manifest = read("Cargo.toml").replace('edition = "2024"', 'edition = "2021"')
        (folder / "Cargo.toml").write_text(manifest)
        (folder / "src").mkdir()
        (folder / "src/main.rs").write_text("fn main() {}\n")
        (folder / "src/lib.rs").touch()
        (folder / "target/release").mkdir(parents=True)
        shutil.copy("/bin/true", folder / "target/release/usher")
        program = TOOLS / "venv/bin/cargo-deb"
        package = folder / "usher.deb"
        command = [program, "--no-build", "--no-strip", "--output", package]
        result = run(*command, cwd=folder)
        assert result.returncode == 0, result.stderr
        return package

    def field(self, name):
        return run("dpkg-deb", "--field", self.package, name).stdout.strip()

    def script(self, name):
        return run("dpkg-deb", "--info", self.package, name).stdout

    def contents(self):
        """The modes of the files, by their paths."""
        lines = run("dpkg-deb", "--contents", self.package).stdout.splitlines()
        return {line.split()[5].removeprefix("."): line.split()[0] for line in lines}

    def test_package_has_the_program_the_unit_and_the_documents(self):
        contents = {f"/{path.lstrip('/')}": mode for path, mode in self.contents().items()}
        unit = [path for path in contents if path.endswith("/systemd/system/usher.service")]
        self.assertEqual(len(unit), 1)
        expected = {
            "/usr/bin/usher": "-rwxr-xr-x",
            "/usr/sbin/usher-admin": "-rwxr-xr-x",
            "/usr/lib/sysusers.d/usher.conf": "-rw-r--r--",
            "/etc/usher/usher.toml": "-rw-r-----",
            "/usr/share/doc/usher/copyright": "-rw-r--r--",
            "/usr/share/doc/usher/LICENSE-MIT": "-rw-r--r--",
            "/usr/share/doc/usher/LICENSE-APACHE": "-rw-r--r--",
        }
        self.assertEqual({path: contents.get(path) for path in expected}, expected)

    def test_configuration_is_kept_at_an_update(self):
        self.assertEqual(self.script("conffiles").split(), ["/etc/usher/usher.toml"])

    def test_dependencies_are_those_of_the_image(self):
        names = {it.split()[0] for it in self.field("Depends").split(",")}
        self.assertLessEqual({"ca-certificates", "libpq5", "libxmlsec1-openssl", "systemd"}, names)
        # cargo-deb adds the libraries that the program itself is linked to.
        metadata = tomllib.loads(read("Cargo.toml"))["package"]["metadata"]["deb"]
        self.assertIn("$auto", metadata["depends"])
        for name in ("ca-certificates", "libpq5", "libxmlsec1-openssl"):
            self.assertRegex(read("Dockerfile"), rf"\b{name}\b")

    def test_scripts_create_the_user_and_start_nothing(self):
        script = self.script("postinst")
        self.assertIn("systemd-sysusers usher.conf", script)
        self.assertNotIn("#DEBHELPER#", script)
        for name in ("postinst", "prerm", "postrm"):
            script = self.script(name)
            self.assertEqual(run("sh", "-n", input=script).returncode, 0)
            self.assertNotRegex(script, r"deb-systemd-invoke +(re)?start|deb-systemd-invoke \$")
        self.assertRegex(self.script("prerm"), r'"\$1" = remove \]; then\s+deb-systemd-invoke stop')

    def test_user_is_that_of_the_unit(self):
        self.assertRegex(read("deploy/systemd/usher.sysusers.conf"), r"(?m)^u usher - ")
        with tempfile.TemporaryDirectory() as root:
            (Path(root) / "etc").mkdir()
            result = run("systemd-sysusers", f"--root={root}", DEPLOY / "systemd/usher.sysusers.conf")
            self.assertEqual(result.returncode, 0, result.stderr)
            users = (Path(root) / "etc/passwd").read_text()
            self.assertRegex(users, r"(?m)^usher:[^:]*:\d+:\d+:Usher:/var/lib/usher:")
            self.assertEqual((setting("User"), setting("Group")), (["usher"], ["usher"]))


if __name__ == "__main__":
    unittest.main()
