"""Everything is undone, the last act first, whatever happens on the way."""

from __future__ import annotations

from dr.undo import UndoStack


def test_the_last_act_is_undone_first_and_failures_stop_nothing() -> None:
    done: list[str] = []
    said: list[str] = []

    def fail() -> None:
        done.append("b")
        raise OSError("no way")

    stack = UndoStack()
    stack.push("a", lambda: done.append("a"))
    stack.push("b", fail)
    stack.push("c", lambda: done.append("c"))
    assert stack.walk(said.append) == ("b: no way",)
    assert done == said == ["c", "b", "a"]
    assert stack.walk(said.append) == ()


def test_an_interruption_does_not_end_the_way_back() -> None:
    done: list[str] = []
    interruptions = [KeyboardInterrupt()]

    def interrupted_once() -> None:
        if interruptions:
            raise interruptions.pop()
        done.append("b")

    def always_interrupted() -> None:
        raise KeyboardInterrupt

    stack = UndoStack()
    stack.push("a", lambda: done.append("a"))
    stack.push("b", interrupted_once)
    stack.push("c", always_interrupted)
    assert stack.walk(lambda _: None) == ("c: interrupted",)
    assert done == ["b", "a"]


def test_what_a_step_has_undone_is_forgotten() -> None:
    done: list[str] = []
    stack = UndoStack()
    stack.push("heal", lambda: done.append("heal"))
    stack.push("boot", lambda: done.append("boot"))
    stack.forget("heal")
    stack.walk(lambda _: None)
    assert done == ["boot"]
