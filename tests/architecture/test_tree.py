"""The shape of the tree: its folders, the size of its modules, and what no file may name."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"app", "themes", "configs", "tests", "screenshots"}
MODULE_LINES, FUNCTION_LINES = 400, 60
# Put together here, so that this file does not name what it looks for.
REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "index" + "-url", "npmjs" + ".org")
MACHINE_PATH = re.compile(r"(?<![\w.$}~/])/(?:work|root|home/\w+|Users/\w+)/")


def tracked() -> list[str]:
    """Every file that git knows or would take up, deleted ones aside."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def sources() -> Iterator[tuple[str, str]]:
    """Every Python file, with its text."""
    for name in tracked():
        if name.endswith(".py"):
            yield name, (ROOT / name).read_text(encoding="utf-8")


def offending(text: str) -> list[str]:
    """What `text` names that it may not."""
    return [word for word in REGISTRIES if word in text] + MACHINE_PATH.findall(text)


def long_functions(name: str, text: str) -> list[str]:
    """The functions of a module that are longer than allowed."""
    nodes = ast.walk(ast.parse(text))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    return [f"{name}:{function} has {lines} lines" for function, lines in lengths.items() if lines > FUNCTION_LINES]


def test_top_level_folders_are_the_agreed_ones() -> None:
    folders = {name.split("/")[0] for name in tracked() if "/" in name}
    assert {folder for folder in folders if not folder.startswith(".")} == FOLDERS


def test_no_module_is_too_long() -> None:
    lengths = {name: text.count("\n") for name, text in sources()}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_no_function_is_too_long() -> None:
    assert [line for name, text in sources() for line in long_functions(name, text)] == []


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = {}
    for name in tracked():
        # Bytes of a picture or a recorded session may be no UTF-8; what is looked for is ASCII.
        words = offending((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        if words:
            found[name] = words
    assert found == {}


@pytest.mark.parametrize(
    "text", ["see /" + "work/main/app", "https://" + REGISTRIES[0] + "/simple", "(/" + "root/.ssh)"]
)
def test_the_search_finds_what_it_looks_for(text: str) -> None:
    assert offending(text)


def test_the_search_measures_functions() -> None:
    body = "\n".join(["def long():", *["    pass"] * FUNCTION_LINES])
    assert long_functions("module", body) == ["module:long has 61 lines"]
