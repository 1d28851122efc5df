"""`custom_tinyml_cache`: environments, projects and computers that share a folder do each thing once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_conversion import conversion  # noqa: F401 - a fixture
from test_tflm_options import NET, make  # noqa: F401 - a fixture

ONCE = ("quantize", "generate", "profile")
TWO_ENVIRONMENTS = "\n[env:a]\nboard = netduinoplus2\n[env:b]\nboard = netduinoplus2\n"


def once(builds) -> Counter:
    return Counter(each for build in builds for each in build.started if each in ONCE)


@pytest.mark.slow
def test_two_builds_at_once_of_two_projects(conversion, tmp_path):  # noqa: F811
    options = f"custom_tinyml_data = data.npy\ncustom_tinyml_cache = ../shared{TWO_ENVIRONMENTS}"
    made = [conversion(options, name) for name in ("one", "two", "three", "four")]
    for each in made[1:]:
        each.source().write_bytes(made[0].source().read_bytes())  # a .zip file has the time in it
    *made, three, four = made
    for each in made:
        each.variables["FAKE_CALLS"] = str(tmp_path / "calls")
        each.variables["FAKE"] = "slow"
    with ThreadPoolExecutor() as pool:
        builds = list(pool.map(lambda each: each.project.run("-e", "a", "-e", "b", env=each.variables), made))
    assert [build.code for build in builds] == [0, 0], builds[0].output + builds[1].output
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
    assert once(builds) == dict.fromkeys(ONCE, 1)
    texts = {each.project.built(name, "tinyml/report.txt").read_text() for each in made for name in "ab"}
    assert len({text.replace("tinyml, b,", "tinyml, a,") for text in texts}) == 1, texts

    for entry in (tmp_path / "shared").glob("*/*.c"):
        entry.write_text("int altered;\n")
    (tmp_path / "shared").rename(tmp_path / "elsewhere")
    (tmp_path / "shared").touch()
    build = three.run("-e", "a")
    assert build.code == 0, build.output
    assert once([build]) == dict.fromkeys(ONCE, 1)
    assert build.output.count("cannot write the shared cache") == 1, build.output
    (tmp_path / "shared").unlink()
    (tmp_path / "elsewhere").rename(tmp_path / "shared")
    build = four.run("-e", "a")
    assert build.code == 0, build.output
    assert once([build]) == {"generate": 1}, "the altered C is made again"


@pytest.mark.slow
def test_a_probe_serves_all_environments(make):  # noqa: F811
    """Its link names folders of the environment, and so do the flags that the program is linked with."""
    project = make(NET.replace("[env:net]", "[env:other]"))
    build = project.run()
    assert build.code == 0, build.output
    started = Counter(build.started)
    assert {name: started[name] for name in ("generate", "probe", "link probe", "link")} == {
        "generate": 1,
        "probe": 1,
        "link probe": 1,
        "link": 2,
    }
