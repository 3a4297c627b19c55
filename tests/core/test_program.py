"""Which files stand behind a part of the program, and that any change of them is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyst.core.program import digest, files_behind


@pytest.fixture
def house(tmp_path: Path) -> Path:
    files = {
        "analyst/shim/door.py": "from analyst.rules.words import count",
        "analyst/rules/words.py": "def count() -> None:\n    import analyst.base.text",
        "analyst/rules/words.txt": "one two",
        "analyst/base/text.py": "",
        "analyst/other/thing.py": "import analyst.rules.words",
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def names(house: Path) -> list[str]:
    found = files_behind([house / "analyst" / "shim" / "door.py"], house)
    return [file.relative_to(house / "analyst").as_posix() for file in found]


def test_every_file_of_a_room_that_is_imported_even_late_and_through_another_counts(house: Path) -> None:
    assert names(house) == ["base/text.py", "rules/words.py", "rules/words.txt", "shim/door.py"]


def test_what_python_and_editors_leave_does_not_count(house: Path) -> None:
    before = names(house)
    (house / "analyst" / "rules" / "__pycache__").mkdir()
    (house / "analyst" / "rules" / "__pycache__" / "words.pyc").write_bytes(b"")
    (house / "analyst" / "rules" / ".words.py.swp").write_bytes(b"")
    assert names(house) == before


@pytest.mark.parametrize("name", ["new.txt", "new.typ", "new.yaml", "new.py"])
def test_the_digest_changes_when_a_file_is_added_changed_or_renamed(house: Path, name: str) -> None:
    def now() -> str:
        return digest(files_behind([house / "analyst" / "shim" / "door.py"], house), house)

    seen, file = [now(), now()], house / "analyst" / "base" / name
    file.write_text("a")
    seen.append(now())
    file.write_text("b")
    seen.append(now())
    file.rename(file.with_stem("other"))
    seen.append(now())
    assert seen[0] == seen[1] and len(set(seen)) == 4
