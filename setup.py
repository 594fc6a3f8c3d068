"""Packaging that pyproject.toml cannot say: folders that are installed under the project's name, and the C extension.

In the checkout a folder is its own package (`server`); installed, it lives under the project's name
(`onebook.server`). `orderbook_ext` keeps its name in both. The extension is optional, so that a bot author's
`pip install` needs no compiler; BUILD_EXTENSION=yes makes its failure an error (CI, wheels).
"""

import os
from pathlib import Path

from setuptools import Extension, find_packages, setup

FOLDERS = {
    "onebook.v1": "proto/onebook/v1",
    "onebook.compat": "proto/onebook/compat",
    "onebook.server": "server",
    "onebook.client": "client",
    "onebook.simulator": "simulator",
    "onebook.cli": "cli",
}

SANITIZE = ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-O1", "-g"]
sanitize = SANITIZE if os.environ.get("ONEBOOK_SANITIZE") == "yes" else []
# Who builds with a level of optimisation of their own in CFLAGS keeps it.
optimise = [] if os.name == "nt" or "-O" in os.environ.get("CFLAGS", "") else ["-O3"]

setup(
    packages=["orderbook_ext", *FOLDERS]
    + [f"{name}.{sub}" for name, folder in FOLDERS.items() for sub in find_packages(folder)],
    package_dir=FOLDERS,
    package_data={"": ["py.typed", "*.pyi", "*.proto", "*.pxd"]},
    ext_modules=[
        Extension(
            "orderbook_ext._book",
            ["orderbook_ext/_book.pyx"],  # setuptools runs Cython itself
            depends=sorted(
                f"orderbook_ext/{path.name}"
                for path in Path("orderbook_ext").iterdir()
                if path.suffix in (".h", ".pxd", ".pxi")
            ),
            include_dirs=["orderbook_ext"],
            extra_compile_args=[*optimise, *sanitize],
            extra_link_args=sanitize,
            optional=os.environ.get("BUILD_EXTENSION") != "yes",
        )
    ],
)
