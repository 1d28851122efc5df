"""The two scripts that PlatformIO runs, each of which takes the one stage of the process through a build (stage.py)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from SCons.Script import COMMAND_LINE_TARGETS, DefaultEnvironment

from ..files import is_inside
from .wanted import is_wanted

if TYPE_CHECKING:
    from .stage import Stage


def run_pre_script(env: Any) -> None:
    """The entry of `extra_scripts = pre:...`."""
    if env.IsCleanTarget() or not is_wanted():
        return
    from ..errors import UsageError
    from .nobuild import refuse_unjudged  # here and below: a project that has no models is not to wait for it
    from .say import complain_about
    from .stage import FOLDER, include_folders

    if "PIOMAINPROG" in env and "TINYML_STAGE" not in DefaultEnvironment():
        complain_about(
            UsageError(
                "extra_script.py runs behind the platform's script, and neither generates nor judges anything there",
                "Write `pre:` before its path in extra_scripts.",
            )
        )
        if not env.IsIntegrationDump():
            env.Exit(1)
        return
    stage = _stage()
    if "nobuild" in COMMAND_LINE_TARGETS:
        if stage.config.enabled or stage.error:
            refuse_unjudged(env, Path(env.subst(FOLDER)))
        return
    # Before the framework's scripts: ESP-IDF's clones the environment that compiles the project.
    env.AppendUnique(CPPPATH=include_folders(env))
    process = env.ProcessProjectDeps

    def process_project_deps(_: Any) -> None:
        # Not earlier: ESP-IDF's script configures libraries of its own, and throws them away.
        configure = env.ConfigureProjectLibBuilder

        def configure_project_lib_builder(_: Any) -> Any:
            project = configure()
            build = project.build

            def build_and_attach() -> Any:
                stage.prepare(project)
                archives = build()
                stage.attach()
                return archives

            project.build = build_and_attach
            return project

        env.AddMethod(configure_project_lib_builder, "ConfigureProjectLibBuilder")
        process()

    env.AddMethod(process_project_deps, "ProcessProjectDeps")


def run_library_script(env: Any, lib_builder: Any) -> None:
    """The entry of the library's extraScript, which runs for each copy found, whether the project uses it or not."""
    if lib_builder.name in env.GetProjectOption("lib_ignore", []):
        return
    if not is_wanted():
        return
    from .stage import include_folders

    stage = _stage()
    generated, _ = include_folders(env)
    env.AppendUnique(CPPPATH=[generated])
    folders = (generated, lib_builder.include_dir)

    class TinymlLibBuilder(type(lib_builder)):  # type: ignore[misc]
        """The builder that PlatformIO made of library.json, and then some.

        Generated headers are its own. Other files in its folder are not: an example's are the example's.
        """

        def __contains__(self, path: object) -> bool:
            return any(is_inside(str(path), folder) for folder in folders)

        def build(self) -> Any:
            stage.prepare(self)
            archives = super().build()
            stage.attach()
            return archives

    lib_builder.__class__ = TinymlLibBuilder


def _stage() -> Stage:
    """The one stage of this process: two copies of the library, or both entries, do the work once."""
    env = DefaultEnvironment()
    if "TINYML_STAGE" not in env:
        from .stage import Stage

        env["TINYML_STAGE"] = Stage(env)
    stage: Stage = env["TINYML_STAGE"]
    return stage
