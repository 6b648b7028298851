"""What Linux can do for a family of processes: nobody is left behind when the parent is killed."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: signal.Signals, *, parent: int) -> None:
    """Have the kernel send us `signal_number` when our parent ends, however it ends.

    Args:
        signal_number: what to be sent.
        parent: its process id; if it has already gone we go at once.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
