"""The self test as a suite of `pio test`: what runs on boards of a farm, or behind `pio remote`.

`test/test_custom_runner.py` of a project, beside a folder `test/test_tinyml`:

    from platformio_tinyml.pio.test_suite import CustomTestRunner  # noqa: F401
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
from platformio.public import TestCase, TestRunnerBase, TestStatus
from platformio.test.exception import UnitTestSuiteError

from ..files import write_bytes
from ..selftest.log import LogReader
from ..tool_env import ToolEnvironment
from .selftest_names import INSIDE, LOG, PLAIN, PLAN, SUITE, SUITE_FOLDER

GENERATED = "tinyml_selftest"
"""Below the suite's folder; not to be committed."""
SILENCE = 60.0
"""Seconds without a whole line after which a board is given up."""


class CustomTestRunner(TestRunnerBase):  # type: ignore[misc]
    """PlatformIO's stages, with our sources before them and our verdict behind."""

    def setup(self) -> None:
        """Write the sources, as `pio run -t tinyml_selftest` does."""
        os.environ[INSIDE] = PLAIN
        if self.options.without_building:
            return
        folder = self._folder()
        command = [sys.executable, "-m", "platformio", "run", "-s", "-c", str(self.project_config.path)]
        command += ["-e", self.test_suite.env_name, "-t", SUITE]
        environment = {name: value for name, value in os.environ.items() if name != INSIDE}
        if subprocess.run(command, env={**environment, SUITE_FOLDER: str(folder)}, check=False).returncode:
            raise UnitTestSuiteError("there is no self test of these models; the lines above say why")

    def teardown(self) -> None:
        """Leave the process as it was."""
        os.environ.pop(INSIDE, None)

    def stage_testing(self) -> None:
        """Read until there is a whole run, and judge it."""
        if self.options.without_testing:
            return
        plan = self._folder() / PLAN
        self._reader = LogReader(str(json.loads(plan.read_text("utf-8"))["nonce"]))
        self._log, self._last = b"", time.monotonic()
        super().stage_testing()
        if self._reader.run is None:
            raise UnitTestSuiteError(self._reader.why_not())

    def on_testing_data_output(self, data: str | bytes) -> None:
        """Some of what the device says."""
        if self._reader.run is not None:
            return
        received = data.encode("utf-8", "replace") if isinstance(data, str) else data
        self._log += received
        lines = self._reader.lines
        if self._reader.feed(received):
            self._judge()
            self.test_suite.on_finish()
        elif self._reader.lines > lines:
            self._last = time.monotonic()
        elif time.monotonic() - self._last > SILENCE:
            raise UnitTestSuiteError(self._reader.why_not())

    def _judge(self) -> None:
        folder = self._folder()
        write_bytes(folder / LOG, self._log)
        tool = ToolEnvironment(Path(self.project_config.get("platformio", "core_dir"))).with_emulator()
        tool.ensure(click.echo)
        command = tool.command(["selftest", "--plan", str(folder / PLAN), "--log", str(folder / LOG), "--json"])
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        try:
            models = json.loads(done.stdout)["models"]
        except (ValueError, KeyError) as error:
            raise UnitTestSuiteError(f"the log could not be judged: {done.stderr or done.stdout}") from error
        for model in models:
            status = TestStatus.FAILED if model["problem"] else TestStatus.PASSED
            self.test_suite.add_case(TestCase(name=model["name"], status=status, message=model["problem"]))

    def _folder(self) -> Path:
        return Path(self.project_config.get("platformio", "test_dir"), self.test_suite.test_name, GENERATED)
