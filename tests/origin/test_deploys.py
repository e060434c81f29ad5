"""``origin.deploy``: what each path answers afterwards, what comes back, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from origin_client import Client, Connect

from pytest_offline.errors import UsageError
from pytest_offline.origin import Origin

Site = Callable[..., Path]


@pytest.fixture
def build(tmp_path: Path) -> Site:
    """Writes a version of a site: file names to texts."""

    def build(version: str, **files: str) -> Path:
        folder = tmp_path / version
        usual = {"index.html": f"page {version}", "sw.js": f"worker {version}"}
        usual[f"assets/app.{version}.js"] = f"app {version}"
        for name, text in {**usual, **files}.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return folder

    return build


@pytest.fixture
def v1(build: Site) -> Path:
    return build("v1")


@pytest.fixture
def v2(build: Site) -> Path:
    return build("v2")


@pytest.fixture
def ask(client: Client) -> Callable[[str], str]:
    """What a path answers: the text, or the status where that is not 200."""

    def ask(path: str) -> str:
        answer = client.ask(path)
        return answer.body.decode() if answer.status == 200 else str(answer.status)

    return ask


ASSETS = ("/assets/app.v1.js", "/assets/app.v2.js")


def test_a_version_replaces_all_of_the_one_before(origin, v1, v2, ask):
    origin.mount(v1)
    deployed = origin.deploy(v2)
    assert sorted(origin.mounted_paths(9)) == ["/", "/assets/app.v2.js", "/sw.js"]
    assert (deployed.version, repr(deployed)) == ("v2", "<Deployed 'v2' at />")
    assert [ask(path) for path in ("/", "/sw.js", *ASSETS)] == [
        "page v2", "worker v2", "404", "app v2",
    ]  # fmt: skip


def test_a_block_puts_back_what_was_there(origin, v1, v2, ask):
    with origin.deploy(v1):
        with origin.deploy(v2) as deployed:
            assert ask("/") == "page v2"
            assert deployed.version == "v2"
        assert [ask(path) for path in ("/", *ASSETS)] == ["page v1", "app v1", "404"]
    assert ask("/") == "404"


def test_a_block_that_raises_puts_back_too(origin, v1, v2, ask):
    origin.mount(v1)
    with pytest.raises(KeyError), origin.deploy(v2):
        raise KeyError
    assert ask("/") == "page v1"


def test_rolled_back_by_hand_and_by_the_old_folder(origin, v1, v2, build, ask):
    origin.mount(v1)
    deployed = origin.deploy(v2)
    origin.deploy(build("v3"))
    deployed.roll_back()
    assert ask("/") == "page v1"
    origin.deploy(v2)
    origin.deploy(v1)
    assert ask("/") == "page v1"


def test_only_some_files_are_new(origin, v1, v2, ask):
    origin.mount(v1)
    deployed = origin.deploy(v2, new="/sw.js")
    assert [ask(path) for path in ("/", "/sw.js", *ASSETS)] == [
        "page v1", "worker v2", "app v1", "404",
    ]  # fmt: skip
    deployed.finish()
    assert [ask(path) for path in ("/", "/sw.js", *ASSETS)] == [
        "page v2", "worker v2", "404", "app v2",
    ]  # fmt: skip
    with pytest.raises(UsageError, match=r"<Deployed 'v2' at />.finish\(\): all of 'v2' went out"):
        deployed.finish()
    deployed.roll_back()
    assert ask("/sw.js") == "worker v1"


def test_some_files_are_still_old(origin, v1, v2, ask):
    origin.mount(v1)
    with origin.deploy(v2, old=["/assets/*", "/sw.js"]):
        assert [ask(path) for path in ("/", "/sw.js", *ASSETS)] == [
            "page v2", "worker v1", "app v1", "404",
        ]  # fmt: skip
    assert ask("/") == "page v1"


@pytest.mark.parametrize("keep", [True, "/assets/*"])
def test_old_files_stay_beside_the_new_ones(keep, origin, v1, v2, build, ask):
    origin.mount(v1)
    origin.deploy(v2, keep=keep)
    assert [ask(path) for path in ("/", *ASSETS)] == ["page v2", "app v1", "app v2"]
    assert ask("/assets/neither.js") == "404"
    origin.deploy(build("v3"), keep=keep)
    assert [ask(path) for path in ("/", *ASSETS)] == ["page v3", "app v1", "app v2"]


def test_files_that_are_gone(origin, v1, v2, client):
    origin.mount(v1)
    with origin.deploy(v2, gone="/assets/*"):
        answer = client.ask("/assets/app.v2.js")
        assert answer.status == 404
        assert answer.body == b"/assets/app.v2.js is gone since 'v2' was deployed.\n"
    with origin.deploy(v1, gone="/assets/app.v1.js"):
        assert client.ask("/assets/app.v1.js").status == 404
    assert client.ask("/assets/app.v1.js").status == 200


def test_each_place_is_deployed_by_itself(origin, v1, v2, ask):
    origin.deploy(v1)
    origin.deploy(v1, at="/app")
    with origin.deploy(v2, at="/app/", old="/app/sw.js"):
        assert [ask(path) for path in ("/", "/app/", "/app/sw.js")] == [
            "page v1", "page v2", "worker v1",
        ]  # fmt: skip
    assert ask("/app/") == "page v1"


def test_options_stay_as_they_were(origin, v1, v2, build, ask, client):
    origin.mount(v1, fallback="index.html", clean_urls=True, headers={"X-Site": "1"})
    origin.deploy(v2)
    origin.deploy(build("v3", **{"about.html": "about"}))
    assert client.ask("/sw.js").headers["x-site"] == "1"
    assert ask("/about") == "about"
    assert client.ask("/nowhere", Accept="text/html").status == 200
    origin.deploy(v2, fallback=None, clean_urls=False, headers=None)
    assert client.ask("/nowhere", Accept="text/html").status == 404
    assert "x-site" not in client.ask("/sw.js").headers


def test_a_connection_that_stays_open_sees_the_swap(origin, v1, v2, client):
    """No answer is of a mixture: each is of the version that was out when it was asked for."""
    origin.mount(v1)
    seen: list[bytes] = []
    for folder in (v2, v1) * 10:
        origin.deploy(folder)
        seen.append(client.ask("/").body + client.ask("/sw.js").body)
    assert seen == [b"page v2worker v2", b"page v1worker v1"] * 10


def test_what_reply_scripts_lies_over_every_version(origin, v1, v2, ask):
    origin.deploy(v1)
    origin.reply("/sw.js", "mine")
    origin.deploy(v2)
    assert ask("/sw.js") == "mine"


def test_an_application_can_be_what_is_still_old(origin, v2, connect: Connect):
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=f"app {request.path}")

    app = web.Application()
    app.router.add_get("/{name:.*}", hello)
    closed: list[str] = []

    async def shut(_: object) -> None:
        closed.append("shut")

    app.on_cleanup.append(shut)
    origin.app(app)
    client = connect()
    with origin.deploy(v2, old="/api/*"):
        assert client.ask("/api/x").body == b"app /api/x"
        assert client.ask("/sw.js").body == b"worker v2"
        assert closed == []
    assert connect().ask("/sw.js").body == b"app /sw.js"
    with origin.kill_switch("/sw.js"):
        assert b"unregister" in connect().ask("/sw.js").body
    origin.deploy(v2)
    origin.close()
    assert closed == ["shut"]


def test_a_mount_takes_the_place_of_a_deploy(origin, v1, v2, ask):
    with origin.deploy(v1):
        origin.mount(v2)
        assert ask("/") == "page v2"
    assert ask("/") == "404"


def test_the_kill_switch_answers_for_the_worker_alone(origin, v1, v2, ask, client):
    origin.mount(v1, headers={"/sw.js": {"Service-Worker-Allowed": "/"}})
    with origin.kill_switch("/sw.js") as deployed:
        assert deployed.version == "v1"
        answer = client.ask("/sw.js")
        assert b"registration.unregister()" in answer.body
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["service-worker-allowed"] == "/"
        assert ask("/") == "page v1"
    assert ask("/sw.js") == "worker v1"
    (v2 / "sw.js").unlink()
    origin.deploy(v2, kill_switch="/sw.js")
    assert "unregister" in ask("/sw.js")
    assert ask("/") == "page v2"


def test_what_went_out_when(origin, v1, v2):
    origin.mount(v1)
    with origin.deploy(v2, new=["/sw.js", "/assets/*"]) as deployed:
        deployed.finish()
    with origin.deploy(v2, version="2.0", gone="/sw.js", keep=True):
        pass
    with origin.deploy(v2, old="/sw.js"), origin.kill_switch("/sw.js"):
        pass
    assert [str(each) for each in origin.deploys] == [
        "deploy, /: 'v2' in place of 'v1' (only /sw.js, /assets/* new)",
        "deploy, /: 'v2' in place of 'v2' (the rest of it)",
        "deploy, /: 'v1' in place of 'v2' (rolled back)",
        "deploy, /: '2.0' in place of 'v1' (/* of before kept, /sw.js gone)",
        "deploy, /: 'v1' in place of '2.0' (rolled back)",
        "deploy, /: 'v2' in place of 'v1' (/sw.js still old)",
        "deploy, /: 'v2' in place of 'v2' (a kill switch at /sw.js)",
        "deploy, /: 'v2' in place of 'v2' (rolled back)",
        "deploy, /: 'v1' in place of 'v2' (rolled back)",
    ]
    times = [each.time for each in origin.deploys]
    assert times == sorted(times)


def test_a_first_deploy_is_in_place_of_nothing(origin, v1):
    with origin.deploy(v1):
        pass
    assert [str(each) for each in origin.deploys] == [
        "deploy, /: 'v1'",
        "deploy, /: 'nothing' in place of 'v1' (rolled back)",
    ]


def test_which_version_a_path_was_of_at_a_time(origin, v1, v2):
    origin.mount(v1)
    assert origin.version_at("/sw.js", 0) is None
    origin.deploy(v2, old="/sw.js")
    half = origin.deploys[-1].time
    origin.kill_switch("/sw.js")
    killed = origin.deploys[-1].time
    assert origin.version_at("/sw.js?x=1", half) == "v1"
    assert origin.version_at("/", half) == "v2"
    assert origin.version_at("/sw.js", killed) == "kill switch"
    assert origin.version_at("/", killed) == "v2"
    origin.proxy("http://127.0.0.1:9/", at="/api/")
    assert origin.version_at("/api/x", killed * 2) is None


REFUSED = [
    ({"folder": "nowhere"}, r"deploy\('nowhere'\): there is no folder .*nowhere"),
    ({"at": "app"}, r"deploy\(at='app'\): that is not a path"),
    ({"fallback": "no.html"}, r"deploy\(fallback='no.html'\): there is no such file in .*v2"),
    ({"new": "/a", "old": ["/b"]}, r"new=\['/a'\] says what alone is new, old=\['/b'\]"),
    ({"old": "/asset/*"}, r"deploy\(old='/asset/\*'\): no file of any version at / is meant by "
     r"that. There are: /, /assets/app.v1.js, /assets/app.v2.js, /index.html, /sw.js. A \*"),
    ({"gone": "assets/*"}, r"deploy\(gone='assets/\*'\): that is no path below /"),
    ({"kill_switch": "/ws.js"}, r"a kill switch at '/ws.js': no version that was at / had a file"),
    ({"kill_switch": "/*.js"}, r"a kill switch at '/\*.js': that is no path below /"),
    ({"at": "/app/", "keep": True}, r"v2', /app/\* of before kept\): nothing is mounted at /app/ "
     r"\(mounted: /\), so nothing could be of before"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "says"), REFUSED, ids=[str(each[0]) for each in REFUSED])
def test_what_is_refused_changes_nothing(options, says, origin, v1, v2, ask):
    origin.mount(v1)
    with pytest.raises(UsageError, match=says):
        origin.deploy(**{"folder": v2, **options})
    assert ask("/") == "page v1"
    assert origin.deploys == ()


def test_a_file_is_no_version(origin, v1):
    with pytest.raises(
        UsageError, match=r"index.html is a file, and only a folder can be deployed"
    ):
        origin.deploy(v1 / "index.html")


def test_the_same_twice_is_refused(origin, v1, v2):
    origin.mount(v1)
    says = r"v1'\): / serves this folder already, so nothing would change"
    with pytest.raises(UsageError, match=says):
        origin.deploy(v1)
    origin.deploy(v1, headers={"X-A": "1"})
    origin.deploy(v2, new="/sw.js")
    origin.deploy(v2)
    with pytest.raises(UsageError, match=r"v2'\): / serves this folder already"):
        origin.deploy(v2)


def test_a_kill_switch_where_nothing_is(origin, v1):
    with pytest.raises(
        UsageError, match=r"kill_switch\('/sw.js'\): nothing is mounted at / \(moun"
    ):
        origin.kill_switch("/sw.js")
    origin.mount(v1)
    with pytest.raises(UsageError, match=r"a kill switch at '/ws.js': no version that was at /"):
        origin.kill_switch("/ws.js")


def test_patterns_over_an_application_are_not_looked_up(origin: Origin, v2: Path) -> None:
    origin.proxy("http://127.0.0.1:9/")
    origin.deploy(v2, old="/api/*")
    assert [str(each) for each in origin.deploys] == [
        "deploy, /: 'v2' in place of 'proxy' (/api/* still old)"
    ]
