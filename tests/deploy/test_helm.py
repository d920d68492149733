"""The Helm chart: what `helm template` prints is valid, safe, and fits the program."""

import json
import re
import unittest

import kubernetes_validate
import yaml
from common import DEPLOY, TOOLS, has_route, image_user, run, settings, version

CHART = DEPLOY / "helm/usher"
HELM = TOOLS / "helm"

# The oldest version that the chart allows, and the newest whose schemas are installed.
KUBERNETES = ["1.27.0", kubernetes_validate.latest_version()]

REQUIRED = {
    "settings": {"base_url": "https://login.example.com"},
    "secrets": {"existingSecret": "usher"},
}
CONFIG_FILE = {
    "settings": {"base_url": "https://login.example.com"},
    "secrets": {"configFile": {"existingSecret": "usher-file"}},
}
# Each value set to something else than its default.
EVERYTHING = {
    "image": {"repository": "registry.example.com/usher", "digest": "sha256:" + "a" * 64},
    "imagePullSecrets": [{"name": "registry"}],
    "replicaCount": 5,
    "settings": {
        "base_url": "https://login.example.com",
        "database_connections": 20,
        "return_origins": ["https://a.example.com", "https://b.example.com"],
        "second_opinion": True,
        "attempt_days": 3650,
        "grace": 600,
    },
    "secrets": {"existingSecret": "db", "secretKeyKey": "KEY", "databaseKey": "uri"},
    "service": {"type": "LoadBalancer", "port": 8080, "annotations": {"a.example.com/b": "c"}},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "12m"},
        "host": "login.example.com",
        "tlsSecret": "login-tls",
    },
    "networkPolicy": {
        "from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "databaseTo": [{"ipBlock": {"cidr": "10.0.0.0/24"}}],
        "databasePort": 6432,
        "extraEgress": [{"ports": [{"port": 443, "protocol": "TCP"}]}],
    },
    "podDisruptionBudget": {"maxUnavailable": "20%"},
    "serviceAccount": {"name": "people", "annotations": {"a.example.com/role": "b"}},
    "podAnnotations": {"a": "b"},
    "podLabels": {"c": "d"},
    "nodeSelector": {"kubernetes.io/arch": "amd64"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "priorityClassName": "high",
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    ],
}
SMALL = {
    **REQUIRED,
    "replicaCount": 1,
    "preStopSeconds": 0,
    "migration": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "serviceAccount": {"create": False},
}
VARIANTS = {
    "required": REQUIRED,
    "config file": CONFIG_FILE,
    "everything": EVERYTHING,
    "small": SMALL,
}


def template(values, *arguments):
    """Runs `helm template` with values."""
    command = [HELM, "template", "login", CHART, "--namespace", "people", "--values", "-"]
    return run(*command, *arguments, input=json.dumps(values))


def render(values):
    """The objects that the chart creates."""
    result = template(values)
    assert result.returncode == 0, result.stderr
    return [document for document in yaml.safe_load_all(result.stdout) if document]


def find(objects, kind, suffix="usher"):
    """The one object of a kind whose name ends so, or `None`."""
    names = lambda it: it["kind"] == kind and it["metadata"]["name"].endswith(suffix)
    found = [it for it in objects if names(it)]
    assert len(found) <= 1, found
    return found[0] if found else None


def pods(objects):
    """The pod templates, with the kind of what creates each."""
    return [
        (it["kind"], it["spec"]["template"]) for it in objects if it["kind"] in ("Deployment", "Job")
    ]


def environment(pod):
    """The variables of the only container of a pod."""
    (container,) = pod["spec"]["containers"]
    return {variable["name"]: variable for variable in container["env"]}


class Helm(unittest.TestCase):
    def test_chart_passes_the_strict_linter(self):
        for name, values in VARIANTS.items():
            with self.subTest(name):
                result = run(HELM, "lint", "--strict", CHART, "--values", "-", input=json.dumps(values))
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_every_object_is_valid_in_the_oldest_and_the_newest_kubernetes(self):
        for name, values in VARIANTS.items():
            for kubernetes in KUBERNETES:
                for rendered in render(values):
                    with self.subTest(values=name, kubernetes=kubernetes, kind=rendered["kind"]):
                        kubernetes_validate.validate(rendered, kubernetes, strict=True)
                        self.assertEqual(rendered["metadata"]["namespace"], "people")

    def test_validation_finds_a_misspelled_field(self):
        (deployment,) = [it for it in render(REQUIRED) if it["kind"] == "Deployment"]
        deployment["spec"]["replica"] = 2
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(deployment, KUBERNETES[-1], strict=True)

    def test_default_values_create_every_object_once(self):
        kinds = sorted(it["kind"] for it in render(REQUIRED))
        expected = ["Deployment", "Job", "NetworkPolicy", "NetworkPolicy", "PodDisruptionBudget"]
        self.assertEqual(kinds, [*expected, "Service", "ServiceAccount"])

    def test_pods_fulfil_the_restricted_pod_security_standard(self):
        user, group = image_user()
        for name, values in VARIANTS.items():
            for kind, pod in pods(render(values)):
                with self.subTest(values=name, kind=kind):
                    spec = pod["spec"]
                    security = spec["securityContext"]
                    self.assertIs(security["runAsNonRoot"], True)
                    self.assertEqual((security["runAsUser"], security["runAsGroup"]), (user, group))
                    self.assertEqual(security["seccompProfile"], {"type": "RuntimeDefault"})
                    self.assertIs(spec["automountServiceAccountToken"], False)
                    for field in ("hostNetwork", "hostPID", "hostIPC", "initContainers"):
                        self.assertNotIn(field, spec)
                    for volume in spec["volumes"]:
                        self.assertTrue({"emptyDir", "secret"} & set(volume), volume)
                    (container,) = spec["containers"]
                    security = container["securityContext"]
                    self.assertIs(security["allowPrivilegeEscalation"], False)
                    self.assertIs(security["readOnlyRootFilesystem"], True)
                    self.assertEqual(security["capabilities"], {"drop": ["ALL"]})
                    self.assertNotIn("privileged", security)
                    for limits in ("requests", "limits"):
                        self.assertLessEqual({"cpu", "memory"}, set(container["resources"][limits]))

    def test_service_account_has_no_token(self):
        self.assertIs(find(render(REQUIRED), "ServiceAccount")["automountServiceAccountToken"], False)
        self.assertIsNone(find(render(SMALL), "ServiceAccount"))

    def test_probes_use_routes_of_the_program(self):
        deployment = find(render(REQUIRED), "Deployment")
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        paths = {
            probe: container[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        self.assertEqual(
            paths,
            {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"},
        )
        for path in paths.values():
            self.assertTrue(has_route(path), path)
        port = container["ports"][0]
        address = environment(deployment["spec"]["template"])["USHER_LISTEN"]["value"]
        self.assertEqual(address, f"0.0.0.0:{port['containerPort']}")
        self.assertEqual(port["name"], container["livenessProbe"]["httpGet"]["port"])

    def test_pod_has_the_time_that_requests_in_progress_have(self):
        for values, before, grace in [(REQUIRED, 5, settings()["grace"]), (EVERYTHING, 5, 600)]:
            pod = find(render(values), "Deployment")["spec"]["template"]
            self.assertEqual(environment(pod)["USHER_GRACE"]["value"], str(grace))
            self.assertGreater(pod["spec"]["terminationGracePeriodSeconds"], before + grace)

    def test_settings_become_variables(self):
        found = environment(find(render(EVERYTHING), "Deployment")["spec"]["template"])
        values = {name: variable.get("value") for name, variable in found.items()}
        expected = {
            "USHER_BASE_URL": "https://login.example.com",
            "USHER_DATABASE_CONNECTIONS": "20",
            "USHER_RETURN_ORIGINS": "https://a.example.com,https://b.example.com",
            "USHER_SECOND_OPINION": "true",
            "USHER_ATTEMPT_DAYS": "3650",
            "USHER_LOG_FORMAT": "json",
        }
        self.assertEqual({name: values.get(name) for name in expected}, expected)

    def test_settings_are_those_of_the_program_without_the_secrets(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        chart = set(schema["properties"]["settings"]["properties"])
        elsewhere = {"listen", "database", "secret_key", "secret_key_file"}
        self.assertEqual(
            chart,
            set(settings()) - elsewhere,
            "add each setting of usher.toml to deploy/helm/usher/values.schema.json",
        )

    def test_secrets_are_references_and_never_values(self):
        for kind, pod in pods(render(EVERYTHING)):
            with self.subTest(kind):
                variables = environment(pod)
                references = {
                    name: variables[name]["valueFrom"]["secretKeyRef"]
                    for name in ("USHER_DATABASE", "USHER_SECRET_KEY")
                }
                expected = {
                    "USHER_DATABASE": {"name": "db", "key": "uri"},
                    "USHER_SECRET_KEY": {"name": "db", "key": "KEY"},
                }
                self.assertEqual(references, expected)
        for values in VARIANTS.values():
            self.assertIsNone(find(render(values), "Secret", ""))
            self.assertIsNone(find(render(values), "ConfigMap", ""))

    def test_configuration_file_is_mounted_and_replaces_the_variables(self):
        for kind, pod in pods(render(CONFIG_FILE)):
            with self.subTest(kind):
                variables = environment(pod)
                self.assertEqual(variables["USHER_CONFIG"]["value"], "/etc/usher/usher.toml")
                self.assertFalse({"USHER_DATABASE", "USHER_SECRET_KEY"} & set(variables))
                (secret,) = [it["secret"] for it in pod["spec"]["volumes"] if "secret" in it]
                self.assertEqual(secret["secretName"], "usher-file")
                self.assertEqual(secret["items"], [{"key": "usher.toml", "path": "usher.toml"}])
                self.assertEqual(secret["defaultMode"] & 0o007, 0)

    def test_values_that_can_not_work_are_rejected(self):
        def changed(path, value):
            values = json.loads(json.dumps(REQUIRED))
            place = values
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = value
            return values

        rejected = [
            ({}, "base_url"),
            ({"secrets": REQUIRED["secrets"]}, "base_url"),
            ({"settings": REQUIRED["settings"]}, "creates no Secret"),
            (changed(["secrets", "configFile"], {"existingSecret": "b"}), "not both"),
            (changed(["settings", "database"], "postgres://usher:secret@db/usher"), "database"),
            (changed(["settings", "secret_key"], "c2VjcmV0"), "secret_key"),
            (changed(["secrets", "secretKey"], "c2VjcmV0"), "secretKey"),
            (changed(["settings", "base_url"], "http://login.example.com"), "base_url"),
            (changed(["settings", "session_hour"], 12), "session_hour"),
            (changed(["settings", "session_hours"], 721), "session_hours"),
            (changed(["settings", "grace"], 0), "grace"),
            (changed(["settings", "log_format"], "xml"), "log_format"),
            (changed(["replicaCount"], -1), "replicaCount"),
            (changed(["replicas"], 3), "replicas"),
            (changed(["image", "digest"], "sha256:12"), "digest"),
            (changed(["podDisruptionBudget", "maxUnavailable"], 0), "maxUnavailable"),
            (changed(["ingress", "enabled"], True), "ingress.host"),
        ]
        for values, reason in rejected:
            with self.subTest(reason):
                result = template(values)
                self.assertNotEqual(result.returncode, 0, values)
                self.assertIn(reason, result.stderr)

    def test_migration_runs_before_the_server_and_needs_nothing_of_the_chart(self):
        objects = render(REQUIRED)
        job = find(objects, "Job", "migrate")
        self.assertEqual(job["metadata"]["annotations"]["helm.sh/hook"], "pre-install,pre-upgrade")
        server = find(objects, "Deployment")["spec"]["template"]
        pod = job["spec"]["template"]
        (migrate,), (serve,) = pod["spec"]["containers"], server["spec"]["containers"]
        self.assertEqual((migrate["args"], serve["args"]), (["migrate"], ["serve"]))
        self.assertEqual(migrate["image"], serve["image"])
        self.assertEqual(migrate["env"], serve["env"])
        self.assertEqual(pod["spec"]["restartPolicy"], "Never")
        self.assertEqual(pod["spec"]["serviceAccountName"], "default")
        self.assertIsNone(find(render(SMALL), "Job", "migrate"))

    def test_each_selector_finds_the_right_pods(self):
        objects = render(EVERYTHING)
        server = find(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
        migration = find(objects, "Job", "migrate")["spec"]["template"]["metadata"]["labels"]
        selectors = {
            "Service": find(objects, "Service")["spec"]["selector"],
            "Deployment": find(objects, "Deployment")["spec"]["selector"]["matchLabels"],
            "PodDisruptionBudget": find(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
            "NetworkPolicy": find(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        }
        for kind, selector in selectors.items():
            with self.subTest(kind):
                self.assertLessEqual(selector.items(), server.items())
                self.assertFalse(selector.items() <= migration.items())
        policy = find(objects, "NetworkPolicy", "migrate")["spec"]
        self.assertLessEqual(policy["podSelector"]["matchLabels"].items(), migration.items())

    def test_network_policy_allows_the_service_names_and_the_database_only(self):
        policy = find(render(REQUIRED), "NetworkPolicy")["spec"]
        self.assertEqual(policy["policyTypes"], ["Ingress", "Egress"])
        self.assertEqual(policy["ingress"], [{"ports": [{"port": "http", "protocol": "TCP"}]}])
        ports = [port["port"] for rule in policy["egress"] for port in rule["ports"]]
        self.assertEqual(ports, [53, 53, 5432])
        policy = find(render(EVERYTHING), "NetworkPolicy")["spec"]
        values = EVERYTHING["networkPolicy"]
        self.assertEqual(policy["ingress"][0]["from"], values["from"])
        database = {"ports": [{"port": 6432, "protocol": "TCP"}], "to": values["databaseTo"]}
        self.assertIn(database, policy["egress"])
        self.assertEqual(policy["egress"][-1], values["extraEgress"][0])
        policy = find(render(REQUIRED), "NetworkPolicy", "migrate")["spec"]
        self.assertEqual((policy["policyTypes"], policy.get("ingress")), (["Ingress", "Egress"], None))

    def test_disruption_budget_never_blocks_a_single_replica(self):
        budget = find(render(REQUIRED), "PodDisruptionBudget")["spec"]
        self.assertEqual(budget["maxUnavailable"], 1)
        self.assertIsNone(find(render(SMALL), "PodDisruptionBudget"))

    def test_release_can_be_stopped_without_a_migration(self):
        values = {**REQUIRED, "replicaCount": 0, "migration": {"enabled": False}}
        objects = render(values)
        self.assertEqual(find(objects, "Deployment")["spec"]["replicas"], 0)
        self.assertIsNone(find(objects, "Job", "migrate"))

    def test_names_fit_for_any_name_of_a_release(self):
        for name in ("usher", "x" * 53, "usher-of-" + "y" * 44):
            result = run(HELM, "template", name, CHART, "--values", "-", input=json.dumps(REQUIRED))
            self.assertEqual(result.returncode, 0, result.stderr)
            for rendered in filter(None, yaml.safe_load_all(result.stdout)):
                self.assertRegex(rendered["metadata"]["name"], r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])$")

    def test_chart_deploys_the_version_of_the_program(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        self.assertEqual(chart["appVersion"], version())
        self.assertTrue(re.fullmatch(r"\d+\.\d+\.\d+", chart["version"]))


if __name__ == "__main__":
    unittest.main()
