"""Where the fixture ``origin`` is: the marker, the fixture to override, and mistakes in them."""

from __future__ import annotations


def test_marker_over_fixture_and_the_nearest_marker_first(inner):
    inner.write(
        """
        import pytest

        pytestmark = pytest.mark.origin(host="module.test")

        def test_module(origin):
            assert origin.url.startswith("https://module.test:")

        @pytest.mark.origin(host="app.test")
        def test_nearest(origin):
            assert origin.url.startswith("https://app.test:")

        @pytest.mark.origin(https=False)
        def test_plain(origin, make_origin):
            assert origin.url.startswith("http://module.test:")
            assert make_origin().url.startswith("http://t")
            assert make_origin("cdn", https=True).url.startswith("https://cdn.localhost:")
        """,
        conftest="""
@pytest.fixture
def origin_options():
    return {"https": True}
""",
    )
    inner.run("--strict-markers").assert_outcomes(passed=3)


def test_mistakes_are_told(inner):
    inner.write(
        """
        import pytest

        @pytest.mark.origin(tls=True)
        def test_unknown(origin):
            pass

        @pytest.mark.origin("app.test")
        def test_positional(origin):
            pass

        @pytest.mark.origin(host="www.example.com")
        def test_host(origin):
            pass
        """
    )
    result = inner.run()
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(
        [
            "*@pytest.mark.origin, tls=True: there is no such option; choose from certificate, *",
            "*@pytest.mark.origin('app.test'): it takes keywords only; choose from certificate, *",
            "*host='www.example.com': an origin's host is localhost or a name below*",
        ]
    )


def test_a_client_that_is_no_browser_can_trust_the_origin(inner):
    inner.write(
        """
        import ssl
        import socket

        def test_client(make_origin, origin_certificates):
            origin = make_origin(host="app.test", https=True)
            trusting = ssl.create_default_context(cadata=origin_certificates.authority)
            with socket.create_connection(("127.0.0.1", origin.port)) as plain:
                with trusting.wrap_socket(plain, server_hostname="app.test") as secure:
                    assert secure.getpeercert()["subjectAltName"] == (("DNS", "app.test"),)
        """
    )
    inner.run().assert_outcomes(passed=1)
