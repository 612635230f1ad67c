"""Every command of `python -m etl` that the documents show works as it is written."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from etl.template import write_template
from tests.etl.test_cli import FILES, import_all, runner_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").glob("*.md")])
EXPECTED = {"README.md", "README.zh-CN.md", "operations.md"}
FOR_EVER = {"work"}


def quoted(text: str) -> list[str]:
    """Return the commands of a document, of its blocks and of its sentences."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.S | re.M)
    sentences = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]*)`", sentences)]
    lines = [line.strip() for block in blocks for line in block.splitlines()] + spans
    known = [re.sub(r"^\S+=\S+ ", "", line) for line in lines]
    return [line for line in known if line.startswith("python -m etl ")]


def words_of(command: str) -> list[str]:
    """Return what follows `python -m etl`, as a shell would hand it over."""
    return shlex.split(command, comments=True)[3:]


def lay(kind: str, name: str) -> None:
    """Put a file of a kind where a command expects it, unless an earlier command has written it."""
    if Path(name).exists():
        return
    known = next((text for file, text in FILES.items() if file.split(".")[0] == kind), None)
    if name.endswith(".xlsx"):
        write_template(kind, name, "zh-CN")
    elif known is not None and not (kind == "districts" and name.endswith(".geojson")):
        Path(name).write_text(known, encoding="utf-8")
    else:
        shapes = json.loads(FILES["grids.geojson"])
        shapes["features"] = shapes["features"][1:]  # one grid each stands for its district
        for one, code, district in zip(
            shapes["features"], ("210102", "210103"), ("甲区", "乙区"), strict=True
        ):
            one["properties"] = {"行政区划代码": code, "区县名称": district}
        Path(name).write_text(json.dumps(shapes), encoding="utf-8")


def test_the_documents_that_show_commands_are_found() -> None:
    assert {path.name for path in DOCUMENTS if quoted(path.read_text(encoding="utf-8"))} >= EXPECTED


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_command_of_a_document_works_as_it_is_written(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = [
        words
        for command in quoted(document.read_text(encoding="utf-8"))
        for words in [words_of(command)]
        if not {"…", "--help"} & set(words) and words[0] not in FOR_EVER
    ]
    if not commands:
        pytest.skip("It shows none.")
    run = runner_of(monkeypatch, f"sqlite:///{tmp_path / 'city.db'}", tmp_path)
    import_all(run)
    for words in commands:
        if words[0] == "import":
            lay(words[1], words[2])
        if words[0] == "restore":
            with monkeypatch.context() as other:
                other.setenv("GRIDWARD_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
                run(*words)
        else:
            run(*words)
