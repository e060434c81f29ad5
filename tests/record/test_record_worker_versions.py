"""Which version each worker of a registration runs, from what was recorded; how it is shown."""

from __future__ import annotations

from pytest_offline.record import LifecycleEvent, Place, Registration, WorkerVersions, versions_of

SCRIPT = "https://a.test/sw.js"
FETCHED = [(0.0, "1"), (200.0, "2"), (400.0, "3")]


def found(*steps: tuple[float, str, str], fetched=FETCHED, script: str = SCRIPT) -> WorkerVersions:
    events = [
        LifecycleEvent(name, time, Place(place, "serviceworker", script, 0.0))  # type: ignore
        for time, place, name in steps
    ]
    return versions_of(SCRIPT, events, fetched)


FIRST = [(100.0, "a", "install"), (110.0, "a", "install-done"), (120.0, "a", "activate")]
SECOND = [(300.0, "b", "install"), (310.0, "b", "install-done")]


def test_one_after_the_other():
    assert found() == WorkerVersions()
    assert found(*FIRST[:1]) == WorkerVersions(installing="1")
    assert found(*FIRST[:2]) == WorkerVersions(waiting="1")
    assert found(*FIRST) == WorkerVersions(active="1")
    assert found(*FIRST, *SECOND[:1]) == WorkerVersions(installing="2", active="1")
    assert found(*FIRST, *SECOND) == WorkerVersions(waiting="2", active="1")


def test_who_is_activated_was_started_again_meanwhile():
    assert found(*FIRST, *SECOND, (900.0, "c", "activate")) == WorkerVersions(active="2")


def test_who_waits_is_replaced():
    third = [(500.0, "c", "install"), (510.0, "c", "install-done")]
    assert found(*FIRST, *SECOND, *third) == WorkerVersions(waiting="3", active="1")


def test_an_install_that_fails_changes_nothing():
    failed = [(300.0, "b", "install"), (310.0, "b", "install-failed")]
    assert found(*FIRST, *failed) == WorkerVersions(active="1")


def test_activated_before_its_install_is_known_to_be_done():
    assert found(FIRST[0], FIRST[2], FIRST[1]) == WorkerVersions(active="1")


def test_a_worker_whose_install_nobody_saw():
    assert found((300.0, "b", "activate"), (310.0, "b", "install-done")) == WorkerVersions()


def test_scripts_of_others_and_steps_of_pages_say_nothing():
    assert found(*FIRST, script="https://a.test/other.js") == WorkerVersions()


def test_a_script_that_was_never_fetched_is_of_no_known_version():
    assert found(*FIRST, fetched=[]) == WorkerVersions()


def test_a_clock_that_is_behind():
    late = [(180.0, "b", "install"), (310.0, "b", "install-done")]
    assert found(*FIRST, *late) == WorkerVersions(waiting="2", active="1")


def test_the_browser_is_ahead_of_the_record():
    known = WorkerVersions(waiting="2", active="1")
    assert known.seen(installing=False, waiting=True) is known
    assert known.seen(installing=True, waiting=False) is known
    assert known.seen(installing=False, waiting=False) == WorkerVersions(active="2")
    assert WorkerVersions(active="1").seen(installing=False, waiting=False).active == "1"


def test_a_registration_as_text():
    scope = "https://a.test/"
    full = Registration(scope, SCRIPT, "installing", "installed", "activated")
    assert str(full) == f"{scope}: installing, waiting, active (activated)"
    known = Registration(scope, SCRIPT, None, "installed", "activated", WorkerVersions(None, "2"))
    assert str(known) == f"{scope}: waiting '2', active (activated)"
    assert str(Registration(scope, SCRIPT, None, None, None)) == f"{scope}: no worker"
