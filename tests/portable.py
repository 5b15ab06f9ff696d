"""The proof on other machines: tests, claims, agreement and drift on machines that this one can pretend to be.

    make portable                                                    all of it, about an hour on two cores
    python tests/portable.py --machines nehalem --what pipeline      one machine, and only the quick run

Three settings of the environment make one processor behave as another: the kernels of OpenBLAS, the vector instructions
of NumPy, and the processor that numba compiles for. Two further rows have other versions of the packages on this
machine: the lowest that pyproject.toml allows, and the newest there are. Everything is kept in build/portable.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build/portable"
WHAT = ("tests", "claims", "agreement", "drift")


class Machine(NamedTuple):
    """What a row of the table is; "" leaves a setting as it is here."""

    blas: str = ""  # OPENBLAS_CORETYPE
    numpy: str = ""  # the best instructions that NumPy may use: none, avx2
    numba: str = ""  # NUMBA_CPU_NAME
    versions: str = "locked"  # of the packages: locked, lowest, newest


MACHINES = {
    "this one": Machine(),
    "prescott": Machine("Prescott", "none", "generic"),
    "nehalem": Machine("Nehalem", "none", "generic"),
    "sandybridge": Machine("Sandybridge", "none", "sandybridge"),
    "haswell": Machine("Haswell", "avx2", "haswell"),
    "skylake": Machine("SkylakeX", "", "skylake-avx512"),
    "lowest": Machine(versions="lowest"),
    "newest": Machine(versions="newest"),
}
# printed by a process of the machine: what it is, and what NumPy could do
LOOK = """
import json, numpy as np
from lazyrich.pipeline.ledger import machine
vectors = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
import scipy.linalg, threadpoolctl
kernels = sorted({one.get("architecture", "") for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"})
print(json.dumps({"text": machine.text(machine.here()), "vectors": vectors, "kernels": kernels}))
"""


def look(python, environment):
    printed = subprocess.run([python, "-c", LOOK], env=environment, capture_output=True, text=True, check=True).stdout
    return json.loads(printed)


def environment_of(machine, python):
    """(environment, what it is) of a machine, or (None, why this processor cannot be it)."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_CORETYPE", "NUMBA_CPU", "NPY_"))}
    here = look(python, environment)
    if machine.blas:
        environment["OPENBLAS_CORETYPE"] = machine.blas
    if machine.numpy:
        beyond = [name for name in here["vectors"] if machine.numpy == "none" or re.search("AVX512|X86_V4", name)]
        environment["NPY_DISABLE_CPU_FEATURES"] = " ".join(beyond)
    if machine.numba:
        environment |= {"NUMBA_CPU_NAME": machine.numba, "NUMBA_CPU_FEATURES": ""}
    found = look(python, environment)
    names = {machine.blas, {"Prescott": "Katmai"}.get(machine.blas)}  # as newer versions call it
    if machine.blas and not names & set(found["kernels"]):
        return None, f"OpenBLAS has no {machine.blas} here, but {', '.join(found['kernels'])}"
    return environment, found["text"]


def python_of(versions):
    """The interpreter of an environment with these versions of the packages, which is made if need be."""
    if versions == "locked":
        return sys.executable
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    wanted = [*project["project"]["dependencies"], *extras["fast"], *extras["workflow"]]
    wanted = [one for one in wanted if not one.startswith("lazyrich")] + project["dependency-groups"]["dev"]
    if versions == "lowest":
        wanted = [one.replace(">=", "==") for one in wanted]
    else:
        wanted = [re.split("[>=]", one)[0] for one in wanted]
    folder = FOLDER / f"venv-{versions}"
    python, made = folder / "bin/python", folder / "made-of.txt"
    if not made.is_file() or made.read_text(encoding="utf-8") != "\n".join(wanted):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--upgrade", *wanted], check=True)
        subprocess.run([*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)
        made.write_text("\n".join(wanted), encoding="utf-8")
    return str(python)


def logged(name, arguments, environment):
    """(exit code, what was printed) of a command, kept in a log."""
    log = FOLDER / f"{name}.log"
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(arguments, env=environment, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT).returncode
    return code, log.read_text(encoding="utf-8")


def tests(name, python, environment):
    """The tests that need no Snakemake: "1,900 passed", or how many failed."""
    options = ["-n", "2", "-m", "not snakemake", "-o", f"cache_dir={FOLDER / name}-cache"]
    if MACHINES[name].versions != "locked":  # packages of other years deprecate each other: their affair
        options += ["-W", "ignore::DeprecationWarning"]
    code, printed = logged(f"{name}-tests", [python, "-m", "pytest", *options, "-r", "fE"], environment)
    last = printed.splitlines()[-1]
    counts = {what: int(n) for n, what in re.findall(r"(\d+) (passed|failed|error)", last)}
    if not counts:
        return False, f"not run: {last}"
    bad = counts.get("failed", 0) + counts.get("error", 0)
    return code == 0, f"{bad} failed" if code else f"{counts['passed']} passed"


def pipeline(name, python, environment):
    """The quick run from nothing with claims, agreement and drift: {what: (holds, text)}."""
    place = FOLDER / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    paths = {"results": "results", "figures": "figures", "logs": "logs", "benchmarks": "logs/benchmarks"}
    overlay = place / "config.json"
    overlay.write_text(json.dumps({"pathvars": {k: str(place.relative_to(ROOT) / v) for k, v in paths.items()}}))
    call = [python, "-m", "snakemake", "--cores", "2", "--configfile", "config/quick.yaml", str(overlay), "--nolock"]
    found = {}
    code, printed = logged(f"{name}-claims", [*call, "claims"], environment)
    for what, pattern in (
        ("claims", r"(\d+) of (\d+) claims hold, (\d+)"),
        ("agreement", r"(\d+) of (\d+) comparisons"),
    ):
        numbers = re.search(pattern, printed)
        if numbers:
            held, n, *known = map(int, numbers.groups())
            found[what] = held + sum(known) == n, f"{held} of {n}" + (f", {known[0]} known" if sum(known) else "")
        else:
            found[what] = False, "not run"
    if code and all(holds for holds, _ in found.values()):
        found["claims"] = False, "failed"
    code, printed = logged(f"{name}-drift", [*call, "check"], environment)
    numbers = re.search(r"(\d+) numbers of \d+ figures compared .*; (\d+) differences", printed)
    found["drift"] = code == 0, "{1} of {0} moved".format(*numbers.groups()) if numbers else "not run"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--machines", nargs="+", choices=MACHINES, default=list(MACHINES), metavar="MACHINE", help=", ".join(MACHINES)
    )
    parser.add_argument("--what", nargs="+", choices=("tests", "pipeline"), default=["tests", "pipeline"])
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    table, failed = [], []
    for name in given.machines:
        machine = MACHINES[name]
        python = python_of(machine.versions)
        environment, what_it_is = environment_of(machine, python)
        row = {}
        if environment is None:
            print(f"{name}: skipped. {what_it_is}", flush=True)
            row = dict.fromkeys(WHAT, (True, "skipped"))
        else:
            print(f"{name}: {what_it_is}", flush=True)
            if "tests" in given.what:
                row["tests"] = tests(name, python, environment)
            if "pipeline" in given.what:
                row |= pipeline(name, python, environment)
        failed += [f"{name}, {what}: {text}" for what, (holds, text) in row.items() if not holds]
        table.append((name, *(row.get(what, (True, ""))[1] for what in WHAT)))
        print("  " + "; ".join(f"{what}: {text}" for what, (_, text) in row.items()), flush=True)
    print()
    widths = [max(map(len, column)) for column in zip(("machine", *WHAT), *table, strict=True)]
    for line in [("machine", *WHAT), *table]:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    if failed:
        sys.exit("\n".join(["does not hold (see build/portable):", *failed]))


if __name__ == "__main__":
    main()
