"""``--offline-weather WEATHER`` and ``@pytest.mark.network(condition)``."""

from __future__ import annotations

import pytest

TESTS = """
import pytest
from pytest_offline import HANG, ONLINE, latency, status

def test_weather(origin, network):
    print("in force:", network.condition, "| given back:", network.weather)
    with network.offline():
        pass
    network.online()
    print("then:", network.condition)

@pytest.mark.network(status(503).on("/api/*"))
def test_marked(origin, network):
    print("marked:", network.condition, "|", origin.condition)

@pytest.mark.network(latency(5))
class TestAll:
    def test_of_a_class(self, network):
        print("class:", network.condition)

def test_of_its_own():
    pass
"""


def test_a_suite_runs_under_it_and_goes_back_to_it(inner):
    inner.write(TESTS)
    result = inner.run("--offline-weather", "latency(2) + flaky(0.1, seed=3)", "-s")
    result.assert_outcomes(passed=4)
    weather = "latency(2) + flaky(0.1, seed=3)"
    result.stdout.fnmatch_lines(
        [
            f"offline: weather {weather}",
            f"*in force: {weather} | given back: {weather}",
            f"then: {weather}",
            "*marked: status(503).on('/api/[*]') | status(503).on('/api/[*]')",
            "*class: latency(5)",
        ]
    )


def test_without_it(inner):
    inner.write(TESTS)
    result = inner.run("-s")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*in force: online | given back: online", "then: online"])
    assert "offline: weather" not in result.stdout.str()


@pytest.mark.parametrize("name", ["slow 3G", "4g", "captive-portal"])
def test_names(inner, name):
    inner.write("def test_it(network): assert not network.condition.is_clear")
    inner.run("--offline-weather", name).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("weather", "sentence"),
    [
        ("foggy", "*--offline-weather: 'foggy' is no weather; give a name (*"),
        ("latency(-1)", "*--offline-weather: latency(-1): give a number of milliseconds*"),
        ("offline", "*'offline': no test could open a page under offline; give weather that*"),
        ("HANG", "*no test could open a page under hang*"),
        ("latency(1) + latency(2)", "*contradict each other*"),
    ],
)
def test_what_is_no_weather_is_a_usage_error(inner, weather, sentence):
    inner.write(TESTS)
    result = inner.run("--offline-weather", weather)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([sentence])


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ("'slow 3G'", "*UsageError: @pytest.mark.network('slow 3G'): the marker takes one cond*"),
        ("", "*UsageError: @pytest.mark.network(): the marker takes one condition*"),
        ("ONLINE, HANG", "*the marker takes one condition*add conditions up*"),
        ("condition=HANG", "*UsageError: @pytest.mark.network(condition=Condition(*"),
        ("tls_error()", "*network.set(tls error): http://*/ is not served over TLS*"),
    ],
)
def test_a_marker_with_nonsense(inner, marker, sentence):
    inner.write(
        "import pytest\nfrom pytest_offline import HANG, ONLINE, tls_error\n"
        f"@pytest.mark.network({marker})\ndef test_it(origin, network): pass\n"
    )
    result = inner.run("--strict-markers")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([sentence])


def test_a_marker_is_in_force_before_the_first_page(inner, chromium):
    inner.write(
        """
        import pytest
        from pytest_offline import HANG, OFFLINE

        @pytest.fixture
        def page(page):
            page.goto("about:blank")
            return page

        @pytest.mark.network(OFFLINE)
        def test_it(page, network, origin):
            assert page.evaluate("navigator.onLine") is False
            network.online()
            assert page.evaluate("navigator.onLine") is True

        @pytest.mark.network(HANG)
        def test_ends(page, site):
            page.evaluate("(url) => { fetch(url); location.href = url; }", site.url)
        """.replace("\n        ", "\n")
    )
    inner.run("--strict-markers").assert_outcomes(passed=2)
    assert inner.leftovers() == []


def test_weather_of_an_origin_yet_to_be_made_is_given_back(inner):
    inner.write("""
def test_online(origin, network):
    with network.offline():
        pass
    assert network.condition == network.weather
    network.offline()
    network.online()
    assert network.condition == network.weather
""")
    inner.run("--offline-weather", "dns_failure('cdn.app.test')").assert_outcomes(passed=1)
