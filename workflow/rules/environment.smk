# Before config.yaml is read: whose source runs, how, and whether the file is YAML at all.
import locale
import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.settings.types import MaxJobsPerTimespan

REPOSITORY = Path(str(workflow.current_basedir)).resolve().parents[1]
SOURCE = str(REPOSITORY / "src")
sys.path.insert(0, SOURCE)
# jobs run this interpreter with this source, whether or not its environment is activated
os.environ.update(
    PATH=os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    ),
    PYTHONPATH=os.pathsep.join([SOURCE, os.environ.get("PYTHONPATH", "")]),
)
# No limit of jobs a second on this machine. Snakemake 9.19 to 9.27 keep the limit, 100 jobs a second unless said, by a
# timer after every look at the waiting jobs (JobScheduler.schedule). Each timer leads to a look that sets the next one, so
# that looks add up as jobs end: the quick run takes 135 s with the limit and 79 s without. There is no option to have
# none. On a cluster the limit stays: it protects the scheduler there. tests/test_workflow.py says when this can go.
MaxJobsPerTimespan.__bool__ = lambda limit: not workflow.local_exec
# a λ that the locale cannot print is printed as \u03bb
os.environ.setdefault("PYTHONIOENCODING", ":backslashreplace")

from lazyrich.pipeline import config as checks


def refusal(error):
    """The error for Snakemake to print: its log file takes only what the locale can write."""
    encoding = locale.getpreferredencoding(False)
    text = str(error).encode(encoding, "backslashreplace").decode(encoding)
    return WorkflowError(text)


try:
    text = (REPOSITORY / "config.yaml").read_bytes()
    checks.check_syntax(text)
except checks.ConfigError as error:
    raise refusal(error) from None
# config.yaml alone; `config` has what was set over it too
CONFIG = yaml.load(text, Loader=checks.LOADER)
