"""Run SAM CLI as an operator does: build for this machine, deploy, delete."""

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = PROJECT / ".tools"
REGION: Final = "eu-west-1"
# Lambda's names of the kernel's processor names; only a build for this processor runs here.
ARCHITECTURE: Final = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
TIMEOUT_SECONDS: Final = 300
# The build downloads wheels, on some networks only through a proxy, so it gets the environment as it is
# before the tests clean it.
_ENVIRONMENT: Final = dict(os.environ)


def sam(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run SAM CLI in the project's folder, where samconfig.toml is, without a terminal."""
    settings = {
        "PATH": f"{TOOLS / 'sam/bin'}{os.pathsep}{_ENVIRONMENT['PATH']}",
        "AWS_DEFAULT_REGION": REGION,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_UPDATES": "0",
    }
    return subprocess.run(
        [TOOLS / "sam/bin/sam", *arguments],
        cwd=PROJECT,
        env=_ENVIRONMENT | settings | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


def build(folder: Path) -> Path:
    """Run `sam build` for this machine's processor and return the built template."""
    result = sam(
        "build",
        "--no-cached",
        "--build-dir",
        str(folder),
        "--parameter-overrides",
        f"Architecture={ARCHITECTURE}",
    )
    assert result.returncode == 0, result.stderr
    return folder / "template.yaml"
