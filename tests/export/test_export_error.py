"""Packages that a format needs: named where they are missing."""

from __future__ import annotations

import pytest

from server.export.export_error import ExportError, needed


def test_a_module_that_is_there() -> None:
    assert needed("json").loads("1") == 1


@pytest.mark.parametrize(
    ("module", "package", "named"), [("no_such_module", "", "no_such_module"), ("no_such.part", "no-such", "no-such")]
)
def test_a_missing_package_is_named(module: str, package: str, named: str) -> None:
    with pytest.raises(ExportError) as caught:
        needed(module, package)
    assert str(caught.value) == f"this format needs {named}, which is not installed: python -m pip install {named}"


def test_a_module_that_misses_another_one_is_a_defect(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("broken")
    (folder / "broken_module.py").write_text("import another_missing_module\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        with pytest.raises(ModuleNotFoundError, match="another_missing_module"):
            needed("broken_module")
