"""Chinese texts have Chinese punctuation: ，：；（）！？ between Chinese words; halfwidth stays in codes, numbers, times.

Read are the texts that people see: constants of Python (not docstrings, not regular expressions), scripts and pages. Not
read: what reads addresses and makes sample data, where halfwidth is what other people write, and heads of files.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHINESE = "[\u3400-\u9fff]"
MARK = f"(?:{CHINESE}|[“”‘’《》、。，：；（）！？])"
HALFWIDTH = re.compile(rf"{MARK} ?[,:;()!?](?! ?[-\w./]+[=(])|[,:;()!?] ?{MARK}")
"""Beside a Chinese character or mark, or one space from it; a name of a call or a setting may follow."""
ENGLISH = re.compile(r"[A-Za-z]{2,},? [A-Za-z]{2,}")
"""Two words in a row: an English text that quotes a Chinese one."""
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
NOT_A_TEXT = "# not a text"
LEFT_OUT = {
    "geo_api/sample": "makes data with the faults that real files have",
    "geo_api/addresses": "reads what people write; its sentences are in notes.py and divisions.py, which are read",
    "geo_api/routes/register.py": "an example of a CSV file",
}
READ_ALL_THE_SAME = ("geo_api/addresses/notes.py", "geo_api/addresses/divisions.py")


def sources() -> list[Path]:
    found = [p for package in ("geo_api", "gridding", "layers") for p in sorted((ROOT / package).rglob("*.py"))]
    return [p for p in found if wanted(p.relative_to(ROOT).as_posix())]


def wanted(path: str) -> bool:
    return path in READ_ALL_THE_SAME or not any(path == o or path.startswith(f"{o}/") for o in LEFT_OUT)


def wrong(text: str) -> bool:
    """Whether a text has halfwidth punctuation beside Chinese words."""
    if not re.search(CHINESE, text) or ENGLISH.search(PLACEHOLDER.sub("", text)):
        return False
    return bool(HALFWIDTH.search(text))


def texts(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of the string constants of a module; an f-string is one text, its values are ``{}``."""
    tree = ast.parse(source)
    lines = source.splitlines()
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            skipped.update(id(a) for a in node.args)
    for node in ast.walk(tree):
        if id(node) in skipped or (hasattr(node, "lineno") and NOT_A_TEXT in lines[node.lineno - 1]):
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_texts_of_the_program_have_chinese_punctuation() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sources()
        for line, text in texts(path.read_text(encoding="utf-8"))
        if wrong(text)
    ]
    assert not found, "\n".join(["write ，：；（）！？ between Chinese words:", *found])


def test_pages_and_scripts_have_chinese_punctuation() -> None:
    found = []
    for folder in ("geo_api/static", "layers/static/diagram"):
        for path in sorted((ROOT / folder).iterdir()):
            if path.suffix not in {".js", ".html", ".j2", ".json"}:
                continue
            quoted = r'"[^"\n]*"|`[^`\n]*`' if path.suffix in {".js", ".json"} else r'(?<=>)[^<>\n]+|(?<==")[^"\n]*'
            for line, content in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if "/*" not in content:
                    found += [
                        f"{path.relative_to(ROOT)}:{line}: {text}"
                        for text in re.findall(quoted, re.sub(r"\$\{[^{}]*\}", "{}", content))
                        if wrong(text)
                    ]
    assert not found, "\n".join(["write ，：；（）！？ between Chinese words:", *found])


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("坐标有误, 请更正", True),
        ("坐标有误，请更正", False),
        ("用时(分)", True),
        ("“{}”: 没有", True),
        ("共 3 户;其余", True),
        ("时间 08:30 至 2026-01-31，比例 1:500", False),
        ("所在 EPSG:4490", False),
        ("the ledger (台账) of a cell", False),
        ("plain, English: text (short)", False),
    ],
)
def test_what_counts_as_wrong(text: str, bad: bool) -> None:
    assert wrong(text) == bad


def test_what_is_left_out_exists() -> None:
    for path in LEFT_OUT:
        assert (ROOT / path).exists(), f"{path} is left out, but is no more"
    assert any(p.name == "texts.py" for p in sources())
    assert len(sources()) > 300, "hardly any module is read"


def test_texts_are_found_in_their_lines() -> None:
    source = '"""说明, 不算."""\nimport re\na = re.compile("城(市|区)")\nb = f"共 {n} 户, 其余"\n'
    assert [(line, text) for line, text in texts(source) if wrong(text)] == [(4, "共 {} 户, 其余")]
