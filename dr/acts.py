"""What each kind of step does; a step that fails before the disaster gives the drill up."""

from __future__ import annotations

from dr import scenario as s
from dr import waits
from dr.course import Course
from dr.mistakes import back_up, bring_back, delete_wrongly, restore_beside
from dr.patching import patch
from dr.paying import resume_pay_run, start_pay_run
from dr.result import Result
from dr.returns import boot, heal, switch_over
from dr.strikes import block, crash_area, crash_leader, crash_votes, cut_area

__all__ = ["act"]


def act(course: Course, step: s.AnyStep, until: float) -> Result:
    """Do a step, and wait for what it waits for, at most to the moment `until`."""
    match step:
        case s.CrashArea():
            return crash_area(course, step)
        case s.CrashLeader():
            return crash_leader(course, step)
        case s.CrashVotes():
            return crash_votes(course, step)
        case s.CutArea():
            return cut_area(course, step)
        case s.BlockPort():
            return block(course, step)
        case s.Heal():
            return heal(course)
        case s.Boot():
            return boot(course, until)
        case s.MoveEtcdLeader():
            left = until - course.now()
            return Result(True, course.votes.arrange(step.to, course.undo, deadline_s=left))
        case s.WaitSeconds():
            over = course.now() + step.seconds
            course.wait(over, lambda: f"{max(0.0, over - course.now()):.0f} s left")
            return Result(True)
        case s.WaitSyncExcludes():
            return waits.wait_sync_excludes(course, step, until)
        case s.WaitTakeover():
            return waits.wait_takeover(course, step, until)
        case s.Switchover():
            return switch_over(course, step, until)
        case s.Patch():
            return patch(course, step)
        case s.WaitNewLeader():
            return waits.wait_new_leader(course, until)
        case s.WaitRefusing():
            return waits.wait_refusing(course, step, until)
        case s.WaitSiteRpo():
            return waits.wait_site_rpo(course, step, until)
        case s.WaitHome():
            return waits.wait_home(course, until)
        case s.WaitSteady():
            return waits.wait_steady(course, step, until)
        case s.BackUp():
            return back_up(course)
        case s.WrongDelete():
            return delete_wrongly(course, step)
        case s.RestoreBeside():
            return restore_beside(course, step)
        case s.BringBack():
            return bring_back(course, step)
        case s.StartPayRun():
            return start_pay_run(course, step, until)
        case s.ResumePayRun():
            return resume_pay_run(course, step, until)
        case s.WaitRejoined():
            return waits.wait_rejoined(course, until)
