"""Without torch the package says what to install, and nothing else of it asks for torch."""

import subprocess
import sys


def test_without_torch_it_is_said_what_to_install():
    code = "import sys; sys.modules['torch'] = None; import lazyrich.linear.laziness, lazyrich.torch"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "ImportError: lazyrich.torch needs torch: pip install lazyrich[torch]"
