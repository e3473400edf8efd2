"""Does one row of the outbox and dies in the middle of it: ``dying.py ROW MODULE FUNCTION``.

The function is done as always, inside the transaction of the work; then the process kills itself. Nothing
of the product is stopped in an orderly way.
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from workers.execution import run_row

if __name__ == "__main__":
    row, module_name, function = sys.argv[1:]
    module = importlib.import_module(module_name)
    whole = getattr(module, function)

    def dying(*words: Any, **more: Any) -> Any:
        whole(*words, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(module, function, dying)
    run_row(row)
