"""What happens in a PlatformIO build, hooked in from a library's extraScript, from a pre: script, or from both.

The moments, in PlatformIO's order (builder/main.py):

- the script runs (entries.py): options are parsed, headers placed, include paths set (`Stage`);
- the project's libraries are known: the runtime is decided, real headers replace provisional ones (`Stage.prepare`);
- they are nodes: the models become nodes too, their objects sources of the program (`Stage.attach`);
- ProcessDelayedActions, after all other scripts: the gate goes between the program and all that is made of it
  (`Stage.finish`).

Errors of the user are kept until nodes are built: PlatformIO reads scripts for editors too, which need an answer.
"""

from __future__ import annotations

import atexit
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from SCons.Node.Alias import default_ans
from SCons.Script import (
    ARGUMENTS,
    BUILD_TARGETS,
    COMMAND_LINE_TARGETS,
    DEFAULT_TARGETS,
    GetBuildFailures,
)
from SCons.Script.SConscript import global_exports

from ..budgets import task_stacks
from ..c_arrays import split_array
from ..config import AUTO, GOLDEN, Config, ModelConfig
from ..errors import SetupError, TinymlError
from ..labels import labels_file
from ..manifest import invoke_of
from ..tool_env import ToolEnvironment
from . import board, builder, gate, notes, profile, selftest, sources, targets, tflm, verify
from .headers import explain_missing, place_headers, refuse_taken, remove_others, stand_in
from .linker_flags import map_file
from .nobuild import guard
from .nodes import above, below, included, leads, put_before
from .one_build import wait_for_turn
from .preprocessed import may_read
from .read_config import read_config
from .say import build_action, complain_about, in_words
from .sections import place
from .unchanged import refuse_changed, refuse_copies

FOLDER = "$BUILD_DIR/tinyml"
INCLUDE = f"{FOLDER}/include"
ALIAS = "tinyml"


def include_folders(env: Any) -> list[str]:
    """Of the generated headers and of tinyml.h. Without variables: PlatformIO hands on what it has substituted, and
    would name a folder twice."""
    return [env.subst(INCLUDE), str(builder.RUNTIME_INCLUDE)]


class Stage:
    """The models of one environment on their way through a build."""

    def __init__(self, env: Any) -> None:
        self.env = env
        self.config = Config(enabled=False)
        self.error: TinymlError | None = None
        self.library: tflm.Library | None = None
        self.prepared = self.attached = False
        self.token: Any = None
        self.final: list[Any] = []
        self.models: list[builder.TinymlNodes] = []
        self.profiled: list[profile.Profiled] = []
        self.int8: dict[str, sources.Int8Model] = {}
        self.task_stacks: list[tuple[str, int]] = []
        self.last: list[Callable[[], Any]] = []
        """What is done after all scripts, and their actions on what was not there yet."""
        self.started = time.time()
        env.Replace(
            TINYML_TOOL=ToolEnvironment(Path(env.subst("$PROJECT_CORE_DIR")), env.subst("$PYTHONEXE")),
            TINYML_CACHE=Path(env.subst("$PROJECT_WORKSPACE_DIR"), "tinyml"),
            TINYML_SHARED_CACHE=None,
            TINYML_VERBOSE=bool(int(ARGUMENTS.get("PIOVERBOSE", 0))),
        )
        folder = Path(env.subst(FOLDER))
        if folder.exists() and not folder.is_dir():
            # Nor can PlatformIO read the scripts: SCons ends with a traceback when that is looked up as a folder.
            complain_about(SetupError(f"{folder} is a file, and has to be a folder", "Delete it and build again."))
            env.Exit(1)
        try:
            self.config = read_config(env)
            self.task_stacks = list(task_stacks(self.config.budgets).items())
            folders = [Path(env.subst(name)) for name in ("$PROJECT_SRC_DIR", "$PROJECT_INCLUDE_DIR")]
            for model in self.config.models:
                refuse_taken(model, Path(env.subst("$PROJECT_DIR")), folders)
            self.int8 = {model.name: sources.resolve(env, model, self.config) for model in self.config.models}
            include = Path(env.subst(INCLUDE))
            remove_others((model.name for model in self.config.models), include)
            for model in self.config.models:
                stand_in(model.name, include)
        except (TinymlError, OSError) as error:
            self.error = in_words(error)

    def prepare(self, user: Any) -> None:
        """Decide on the runtime, for which `user`, PlatformIO's builder of ourselves or of the project, may need TFLM.

        Before `user` is built; the headers are those of the runtime from here on.
        """
        env = self.env
        if self.prepared or not (self.config.enabled or self.error):
            return
        self.prepared = True
        process = env.ProcessDelayedActions

        def process_delayed_actions(_: Any) -> None:
            self.finish()
            process()
            for action in self.last:
                action()

        env.AddMethod(process_delayed_actions, "ProcessDelayedActions")
        if self.error:
            return
        for each in (env, *(lib.env for lib in env.get("__PIO_LIB_BUILDERS") or ())):
            each.AppendUnique(CPPPATH=include_folders(env))
        # Nothing is built for an editor, so this is the only moment for a real header.
        for_editor = env.IsIntegrationDump() or "compiledb" in COMMAND_LINE_TARGETS
        try:
            self.library = tflm.choose_library(env, self.config.runtime)
            if self.library:
                tflm.refuse_bound(env, self.library, self.config)
                tflm.refuse_shared(self.config)
                tflm.require(user, self.library)
            for model in self.config.models:
                folder = Path(env.subst(INCLUDE))
                place_headers(env, self._request(model), folder, may_generate=for_editor)
        except (TinymlError, OSError) as error:
            self.error = in_words(error)

    def attach(self) -> None:
        """Make the nodes of all models, and their objects sources of the program; TFLM is a node by now."""
        if self.attached or self.error or not self.config.enabled:
            return
        self.attached = True
        try:
            self._attach()
        except (TinymlError, OSError) as error:
            self.error = in_words(error)

    def _attach(self) -> None:
        env = self.env
        if self.task_stacks:
            global_exports["projenv"].AppendUnique(CPPDEFINES=self.task_stacks)
        own = env.Clone()
        builder.generate(own)
        names = [model.name for model in self.config.models]
        names += ["tinyml_shared"] if self.config.share_arena else []
        place(
            own,
            FOLDER,
            names,
            arenas=self.config.arena_section,
            weights=self.config.weights_section,
            persistent=self.config.persistent_section,
        )
        if self.library and self.config.arena_from == "firmware" and tflm.can_be_emulated(env):
            from . import token

            self.token = token.elf_node(own, FOLDER)
        types = tflm.agree(own, f"{FOLDER}/types", self.library, global_exports["projenv"]) if self.library else ()
        known = self._device_arenas()
        for model in self.config.models:
            request = self._request(model)
            sources.attach(own, self.int8[model.name])
            folder = f"{FOLDER}/{model.name}"
            if self.library:
                options = tflm.probe_options(self.config, model)
                traced = selftest.traced_flags(env, model.name)
                nodes = tflm.model_nodes(
                    own,
                    folder,
                    INCLUDE,
                    request,
                    self.library,
                    types,
                    options,
                    self.token,
                    traced,
                    known.get(model.name),
                    self.config.twin,
                )
            else:
                nodes = own.TinyML(folder, request, include=INCLUDE)
            self.models.append(nodes)
        kernels = [] if self.library else own.TinyMLKernels(FOLDER, [nodes.manifest for nodes in self.models])
        env.Append(PIOBUILDFILES=[kernels] if kernels else [])
        if any("--share-arena" in self._request(model).arguments for model in self.config.models):
            arena = builder.shared_arena(own, FOLDER, [nodes.manifest for nodes in self.models])
            env.Append(PIOBUILDFILES=[arena])
        for model, nodes in zip(self.config.models, self.models, strict=True):
            traced = [] if self.library else selftest.traced_flags(env, model.name)
            flags = {"CCFLAGS": [*own["CCFLAGS"], *traced]} if traced else {}
            final = [node for source in nodes.sources for node in own.Object(source, **flags)]
            objects = [*final, *nodes.objects]
            self.final += final
            env.Append(PIOBUILDFILES=objects)
            self.profiled.append(self._profiled(own, model, nodes, [*objects, *kernels, *nodes.archives]))
        if "BOARD" in env and map_file(env) is None and env.GetCompilerType() == "gcc":
            env.Append(LINKFLAGS=["-Xlinker", "-Map=${TARGET.base}.map"])

    def finish(self) -> None:
        """Put the gate between the program and all that is made of it; or a failure ahead of all, if there is one."""
        env = self.env
        if not env.get("PIOMAINPROG"):
            return
        elf = env["PIOMAINPROG"][0]
        notes.tell_where_they_cannot_be_kept()
        try:
            if not env.IsIntegrationDump():
                wait_for_turn(Path(env["TINYML_CACHE"], f"{env['PIOENV']}.lock"))
        except OSError as error:
            self.error = self.error or in_words(error)
        if self.error:
            failure = put_before(env, elf, ALIAS, env.Action(_tell_error, None))
            targets.add_failing_targets(env, failure)
            return
        if self.token:
            from . import token

            stand_ins = [node for nodes in self.models for node in nodes.stand_ins]
            token.link(env, self.token, elf, self.final, stand_ins, [model.name for model in self.config.models])
        manifests = tuple(nodes.manifest for nodes in self.models)
        arenas = tuple(nodes.arena for nodes in self.models if nodes.arena)
        details = tuple((name, model.details) for name, model in self.int8.items() if model.details)
        folder, profiled = Path(env.subst(FOLDER)), tuple(self.profiled)
        judge = gate.Gate(elf, manifests, self.config, folder, details, arenas, profiled)
        env["TINYML_GATE"] = judge
        env["TINYML_FINGERPRINT"] = self._fingerprint
        env["TINYML_UNCHANGED"] = self._refuse_changed
        files = [self._request(model).model for model in self.config.models]
        verify.add_target(env, elf, self.config, self.profiled)
        selftest.add_targets(env, self.config, self.profiled)
        if self.library:
            early = replace(judge, manifests=tuple(nodes.unmeasured for nodes in self.models), passed="early.txt")
            known = self._preflight(early)
            before = {node.get_executor() for node in below(known) if node.has_builder()}
            for node in below(elf):
                if node.has_builder() and node.get_executor() not in before:
                    env.Requires(node, known)
        env.Requires(elf, self._preflight(judge))
        # SCons's scanner does not see an #include of a macro: compile no source of the project before the headers.
        headers = [nodes.header for nodes in self.models]
        for node in env.Flatten(env["PIOBUILDFILES"]):
            env.Requires(node, headers)
        actions = [gate.keep_baseline, gate.judge] if targets.asked(targets.BASELINE) else [gate.judge]
        alias = env.AlwaysBuild(env.Alias(ALIAS, elf, [env.Action(action, None) for action in actions]))
        behind = above(elf, [*default_ans.values(), *DEFAULT_TARGETS])
        for node in behind:
            if node is not alias[0]:
                env.Depends(node, alias)
        env.Default(alias)
        targets.add_targets(env, alias, files, "tflm" if self.library else "compiled")
        self.last.append(lambda: env.Replace(**{profile.CHANGED_LATER: bool(elf.get_executor().post_actions)}))
        self._check_images(elf)
        self._guard(elf, alias[0], behind)
        # Some platforms learn their true limits in an action before checkprogsize.
        env.AddPostAction("checkprogsize", env.Action(gate.judge_late_limits, None))
        atexit.register(gate.explain_overflow, env, self.started, GetBuildFailures)
        project = Path(env["PROJECT_DIR"])
        atexit.register(lambda: explain_missing(self.config.models, GetBuildFailures(), project))

    def _check_images(self, elf: Any) -> None:
        """Between the images and all that is made of them; and after all other actions, before an upload, which may be
        of the program itself.
        """
        env = self.env
        images = gate.image_nodes(env, elf)
        action = env.Action(gate.check_images, None)
        if images:
            check = env.AlwaysBuild(env.Alias(f"{ALIAS}_images", images, action))
            roots = [*default_ans.values(), *DEFAULT_TARGETS]
            for node in {each for image in images for each in above(image, roots)} - {check[0], *images}:
                env.Depends(node, check)
            env.Default(check)
        self.last += [lambda: env.AddPostAction("buildprog", action), lambda: env.AddPreAction("upload", action)]

    def _guard(self, elf: Any, alias: Any, behind: Sequence[Any]) -> None:
        """What is named on the command line and leads to the program leads to the gate; what does not, to the guard."""
        env = self.env
        asked = any(leads(env, name, elf) for name in COMMAND_LINE_TARGETS)
        if asked:
            BUILD_TARGETS.append(alias)
        before = alias if asked else env.AlwaysBuild(env.Alias(f"{ALIAS}_guard", [], env.Action(guard, None)))[0]
        for name in targets.of_scripts(env, default_ans):
            node = default_ans[name]
            if node not in behind and node not in below(before):
                env.Depends(node, before)

    def _profiled(
        self, env: Any, model: ModelConfig, nodes: builder.TinymlNodes, objects: list[Any]
    ) -> profile.Profiled:
        """What decides on the code of `model`. A TFLM that a framework brings is not among the nodes."""
        arguments: tuple[str, ...] = ()
        if self.library and not tflm.can_be_emulated(env):
            arguments = ("--kernels", str(tflm.kernels_of(env, self.library)))
        whole = bool(nodes.archives) or not self.library
        golden = model.golden if self.config.verify in (AUTO, GOLDEN) and model.golden.is_file() else None
        path = self._request(model).model
        invoke = invoke_of(model.name, by_rows=model.by_rows, rows_out=model.rows_out)
        return profile.Profiled(model.name, invoke, nodes.manifest, tuple(objects), arguments, whole, path, golden)

    def _fingerprint(self) -> str:
        """What decides on the models' figures, as JSON; asked for where a program is judged."""
        from . import fingerprint

        paths = [self._request(model).model for model in self.config.models]
        rows = zip(self.config.models, self.models, paths, strict=True)
        return fingerprint.as_json(self.env, self.library, rows)

    def _refuse_changed(self) -> None:
        headers = {
            model.name: Path(nodes.header.get_abspath())
            for model, nodes in zip(self.config.models, self.models, strict=True)
        }
        refuse_changed(self.env, self.config, self.int8, headers)
        program = self.env["PIOMAINPROG"][0]
        refuse_copies(included(program), headers, Path(self.env["PROJECT_DIR"]), partial(may_read, program))

    def _device_arenas(self) -> dict[str, tuple[int, int | None]]:
        """What devices took of arena, by model, where it is not measured here."""
        if self.library is None or self.config.device is None or tflm.can_be_emulated(self.env):
            return {}
        models = [(model.name, self._request(model).model) for model in self.config.models]
        from . import fingerprint

        return fingerprint.device_arenas(self.env, self.library, self.config.device, models)

    def _preflight(self, judge: gate.Gate) -> Any:
        """The node of a preflight by the manifests of `judge`."""
        env = self.env
        node = env.Command(
            env.fs.File(str(judge.preflight)),
            [*judge.manifests, env.Value(json.dumps(judge.arguments(env)))],
            env.Action(gate.preflight, None),
            TINYML_PREFLIGHT=judge,
        )[0]
        env.NoCache(node)
        return node

    def _request(self, model: ModelConfig) -> builder.Request:
        largest = board.largest_object(self.env)
        path = self.int8[model.name].path
        request = builder.make_request(
            path,
            model.name,
            keep_input=self.config.keep_input,
            simplify=self.config.simplify,
            streams=self.config.streams,
            max_object=largest,
            arena="--user-arena" if model.user_arena else "--share-arena" if self.config.share_arena else None,
            by_rows=model.by_rows,
            rows_out=model.rows_out,
            labels=labels_file(split_array(model.path)[0]),
        )
        return tflm.make_request(self.env, request, self.library, self.config) if self.library else request


@build_action
def _tell_error(target: Any, source: Any, env: Any) -> int:
    raise env["TINYML_STAGE"].error
