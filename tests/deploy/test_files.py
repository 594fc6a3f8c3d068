"""The files that deploy a server: each is read by the tool that will read it, and they agree with each other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from server.config import build
from server.config_source import read_file

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text())
UNIT = DEPLOY / "systemd" / "onebook.service"
SCORE = 1.1
"""Exposure of the unit as docs/deploy.md states it, out of 10."""


def instructions() -> list[tuple[str, str]]:
    """Names and arguments, with lines joined and comments left out."""
    joined = re.sub(r"\\\n\s*", " ", "\n".join(line for line in DOCKERFILE.splitlines() if not line.startswith("#")))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip())]


def arguments(name: str) -> list[str]:
    return [rest for each, rest in instructions() if each == name]


# -- the image


def test_the_image_is_small_and_nobody_is_root_in_it() -> None:
    assert len(arguments("FROM")) == 2, "what builds is not in the image"
    assert all(re.search(r":\d+\.\d+", image) for image in arguments("FROM")), "images have versions"
    assert arguments("USER") == ["10001:10001"]
    names = [name for name, _ in instructions()]
    assert names.index("USER") > len(names) - 1 - names[::-1].index("FROM")
    assert [json.loads(words) for words in arguments("ENTRYPOINT")] == [["onebook"]]
    assert json.loads(arguments("CMD")[-1])[0] == "serve"
    (health,) = arguments("HEALTHCHECK")
    assert health.endswith('CMD ["onebook", "probe"]')
    for run in arguments("RUN"):
        assert "apt-get install" not in run or ("--no-install-recommends" in run and "rm -rf /var/lib/apt/lists" in run)
        assert "pip install" not in run or "--no-cache-dir" in run
    assert "ADD" not in names
    (install,) = [run for run in arguments("RUN") if "dist/*.whl)[" in run]
    assert "tui" in install.rpartition("[")[2], "onebook probe needs it"


def test_what_goes_into_the_build_is_listed_and_nothing_else_is() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    taken = {rule[1:] for rule in rules if rule.startswith("!")}
    assert all((ROOT / each).exists() for each in taken)
    assert not {"deploy", "tests", ".git"} & taken
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} - {"tests", "benchmarks"}
    assert packages - {"examples"} <= taken
    assert "**/*.so" in rules


# -- compose


def test_compose_has_only_files_secrets_and_volumes_that_there_are() -> None:
    for name, service in COMPOSE["services"].items():
        for secret in service.get("secrets", ()):
            assert secret in COMPOSE["secrets"], f"{name} has no secret {secret}"
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (DEPLOY / source).exists(), f"{name}: {source}"
            else:
                assert source in COMPOSE["volumes"], f"{name}: {source}"
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name}: {port} is open to others"
        for other in service.get("depends_on", ()):
            assert other in COMPOSE["services"]
        assert ":" in service["image"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_no_secret_stands_in_a_file() -> None:
    secret = re.compile(r"onebook_[0-9a-f]{16}_|(?i:password)['\"]?\s*[:=]\s*['\"]?(?!/run/secrets)[a-z0-9]{4,}")
    for path in (each for each in DEPLOY.rglob("*") if each.is_file() and "secrets" not in each.parts):
        found = [line for line in path.read_text().splitlines() if secret.search(line) and "file:" not in line]
        assert not found, f"{path.name}: {found}"


@pytest.mark.parametrize("path", [DEPLOY / "onebook.toml", DEPLOY / "kubernetes" / "onebook.toml"], ids=str)
def test_configurations_are_configurations(path: Path) -> None:
    config = build(read_file(path)[0])
    assert config.tokens is not None, "others can reach it"
    assert (config.host, config.http_host, config.http_port) == ("0.0.0.0", "0.0.0.0", 8080)
    assert "onebook" in config.http_names
    assert str(config.history).startswith("/var/lib/onebook/")


def test_prometheus_asks_the_server_of_compose() -> None:
    prometheus = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (job,) = prometheus["scrape_configs"]
    host, _, port = job["static_configs"][0]["targets"][0].partition(":")
    assert host in COMPOSE["services"]
    assert f"127.0.0.1:{port}:{port}" in COMPOSE["services"]["onebook"]["ports"]
    token = Path(job["authorization"]["credentials_file"]).name
    assert token in COMPOSE["services"]["prometheus"]["secrets"]


# -- systemd


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_the_unit_is_hardened_as_stated() -> None:
    words = ["systemd-analyze", "security", "--offline=true", f"--threshold={round(SCORE * 10)}", str(UNIT)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"exposure of {SCORE} out of 10" in (ROOT / "docs" / "deploy.md").read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("/opt/onebook/bin/onebook", "/bin/true")
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "onebook.service" not in done.stderr, done.stderr


# -- kubernetes


def documents() -> list[dict[str, Any]]:
    """All objects, as kustomize puts them together."""
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl")
    words = ["kubectl", "kustomize", str(DEPLOY / "kubernetes")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def test_the_pod_has_no_right_that_it_does_not_need() -> None:
    objects = {each["kind"]: each for each in documents()}
    assert set(objects) == {
        "Namespace", "ServiceAccount", "ConfigMap", "Service", "StatefulSet", "NetworkPolicy", "PodDisruptionBudget",
    }  # fmt: skip
    pod = objects["StatefulSet"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    inside = container["securityContext"]
    assert (inside["allowPrivilegeEscalation"], inside["readOnlyRootFilesystem"]) == (False, True)
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert container["image"] == "registry.example.com/onebook:0.1.0"


def test_parts_of_the_cluster_name_each_other() -> None:
    objects = {each["kind"]: each for each in documents()}
    stateful = objects["StatefulSet"]["spec"]
    pod = stateful["template"]
    labels = pod["metadata"]["labels"]
    for kind, path in (("Service", ("selector",)), ("NetworkPolicy", ("podSelector", "matchLabels"))):
        found = objects[kind]["spec"]
        for key in path:
            found = found[key]
        assert found.items() <= labels.items()
    (container,) = pod["spec"]["containers"]
    mounted = {each["name"] for each in container["volumeMounts"]}
    volumes = {each["name"] for each in (*pod["spec"]["volumes"],)}
    claims = {each["metadata"]["name"] for each in stateful["volumeClaimTemplates"]}
    assert mounted == volumes | claims
    config = next(each for each in pod["spec"]["volumes"] if each["name"] == "config")
    assert config["configMap"]["name"] == objects["ConfigMap"]["metadata"]["name"]
    names = {each["name"] for each in container["ports"]}
    assert {each["targetPort"] for each in objects["Service"]["spec"]["ports"]} == names
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["grpc"]["port"] == 50052
