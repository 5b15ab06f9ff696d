"""Writes envs/lazyrich.yaml, a conda environment with the versions that requirements.lock pins.

Run after the lock has changed (`make lock` does). With --check it says whether the two differ.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def environment():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["fast"], *extras["workflow"]]
    names = sorted({re.match(r"[\w-]+", d).group() for d in needed} - {"lazyrich"})
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    # a package with one version for old and one for new Pythons: this environment has the old one's Python
    pins = {name: re.search(rf"^{name}==(\S+)", lock, re.M).group(1) for name in names}
    lines = [
        "# for `snakemake --software-deployment-method conda`; made from requirements.lock by envs/pin.py",
        "name: lazyrich",
        "channels: [conda-forge, bioconda]",
        "dependencies:",
        "  - python=3.11",
        *(f"  - {name}={version}" for name, version in pins.items()),
    ]
    return "\n".join(lines) + "\n"


def main():
    path = ROOT / "envs/lazyrich.yaml"
    if "--check" in sys.argv:
        sys.exit(
            path.read_text(encoding="utf-8") != environment() and "envs/lazyrich.yaml is not as envs/pin.py makes it"
        )
    path.write_text(environment(), encoding="utf-8")


if __name__ == "__main__":
    main()
