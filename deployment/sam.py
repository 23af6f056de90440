"""Run SAM CLI from the environment that make installs: build, deploy, delete."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import DeploymentError
from deployment.target import Target


@dataclass(frozen=True, kw_only=True)
class Sam:
    """SAM CLI's commands for one target; they run in the project's folder and print to the terminal."""

    project: Path
    target: Target
    arguments: tuple[str, ...] = ()
    """Options added to `sam deploy`, such as --no-confirm-changeset in a pipeline."""

    def build(self) -> None:
        """Build for the target's processor, without Docker.

        Raises:
            DeploymentError: `sam build` failed.
        """
        architecture = self.target.parameters["Architecture"]
        self._run("build", "--parameter-overrides", f"Architecture={architecture}")

    def deploy(self) -> None:
        """Create or update the stack; an unchanged stack is not updated.

        Raises:
            DeploymentError: `sam deploy` failed.
        """
        self._run("deploy", "--config-env", self.target.sam_environment, *self.arguments)

    def delete(self) -> None:
        """Delete the stack and the packages uploaded for it.

        Raises:
            DeploymentError: `sam delete` failed.
        """
        self._run(
            *("delete", "--stack-name", self.target.stack_name, "--no-prompts"),
            *("--config-env", self.target.sam_environment),
        )

    def _run(self, *arguments: str) -> None:
        command = self.project / ".tools/sam/bin/sam"
        if not command.exists():
            raise DeploymentError("SAM CLI is not installed: use `make deploy`, which installs it.")
        result = subprocess.run(  # noqa: S603 - our own command
            [command, *arguments], cwd=self.project, env=self._environment(command.parent), check=False
        )
        if result.returncode != 0:
            raise DeploymentError(f"`sam {arguments[0]}` failed; its last lines show the cause.")

    def _environment(self, programs: Path) -> Mapping[str, str]:
        return {
            **os.environ,
            # The build needs python3.13 on the PATH; SAM CLI's environment has it.
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_CHECK_UPDATES": "0",
        }
