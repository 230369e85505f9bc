"""What this machine can give to a model: its physical cores and its free memory."""

from __future__ import annotations

import os
import platform
from pathlib import Path

_CPUS = Path("/sys/devices/system/cpu")
_MEMORY = Path("/proc/meminfo")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_LIMIT, _USED = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")

UNKNOWN_MEMORY = 4 * 1024**3
"""Bytes taken for free where the platform does not tell."""


def physical_cores() -> int:
    """Cores that this process may use, hyperthreads of one core counted once: two of them share one arithmetic unit."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    try:
        places = [_CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list" for cpu in allowed]
        cores = len({place.read_text(encoding="ascii") for place in places})
    except OSError:  # Not Linux: processors of Intel's and AMD's mostly show each core twice, others do not.
        cores = len(allowed) // 2 if platform.machine() in ("x86_64", "AMD64") else len(allowed)
    return max(1, min(cores, _granted()))


def _granted() -> int:
    """Cores that a container is granted, rounded up; many where it is not limited."""
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # No container, or its quota is "max".
        return 1 << 10


def free_memory() -> int:
    """Bytes that may be taken without swapping, within a container's own limit."""
    return min(_available(), _within_limit())


def _available() -> int:
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return _elsewhere()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(fields["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in fields else UNKNOWN_MEMORY


def _elsewhere() -> int:
    """Half of the memory where only its whole is told, as on macOS."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return UNKNOWN_MEMORY


def _within_limit() -> int:
    try:
        return max(0, int(_LIMIT.read_text(encoding="ascii")) - int(_USED.read_text(encoding="ascii")))
    except (OSError, ValueError):  # No container, or its limit is "max".
        return 1 << 62
