"""Every way to name the platform works with an empty core directory and no network."""

import shutil

import pytest

INI = "[env:uno]\nplatform = {platform}\nboard = uno\n"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["symlink relative", "symlink", "file", "folder"])
def test_platform_by_path(tmp_path, pio, core_dir, repo, form):
    folder = tmp_path / "with space é" / "platform-emulated"
    shutil.copytree(repo / "platform-emulated", folder)
    project = tmp_path / "projects" / "one"
    (project / "src").mkdir(parents=True)
    (project / "src/main.c").write_text("int main(void) { return 0; }\n")
    uri = {
        "symlink relative": "symlink://../../with space é/platform-emulated",
        "symlink": f"symlink://{folder}",
        "file": f"file://{folder}",
        "folder": "../../with space é/platform-emulated",
    }[form]
    (project / "platformio.ini").write_text(INI.format(platform=uri))
    core = tmp_path / "core"
    shutil.copytree(core_dir / "packages", core / "packages")
    result = pio(project, "run", "-t", "exec", env={"PLATFORMIO_CORE_DIR": str(core)})
    assert result.returncode == 0, result.stdout + result.stderr
