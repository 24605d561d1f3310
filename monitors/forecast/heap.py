"""The running jobs of a simulated night, the one that ends first in front.

numba keeps compiled callers when only this file changes: touch `simulation.py` too.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

from numba import njit

__all__ = ["pop", "push"]


@njit(cache=True)
def push(heap_end, heap_job, size, end, job):
    """Put a job in by its end; the new size."""
    k = size
    while k > 0 and heap_end[(k - 1) // 2] > end:
        heap_end[k] = heap_end[(k - 1) // 2]
        heap_job[k] = heap_job[(k - 1) // 2]
        k = (k - 1) // 2
    heap_end[k] = end
    heap_job[k] = job
    return size + 1


@njit(cache=True)
def pop(heap_end, heap_job, size):
    """Take the first out; the new size."""
    size -= 1
    end = heap_end[size]
    job = heap_job[size]
    k = 0
    while 2 * k + 1 < size:
        c = 2 * k + 1
        if c + 1 < size and heap_end[c + 1] < heap_end[c]:
            c += 1
        if heap_end[c] >= end:
            break
        heap_end[k] = heap_end[c]
        heap_job[k] = heap_job[c]
        k = c
    heap_end[k] = end
    heap_job[k] = job
    return size
