"""What real tools write is read right: every URL that they precache, and nothing besides."""

from __future__ import annotations

from urllib.parse import quote

import pytest

ORIGIN = "https://site.test"
WORKBOX = ("workbox_generate", "workbox_inject", "vite_pwa")


def keys_by_workbox(url: str, revision: str | None) -> str:
    """The key that createCacheKey.ts makes, written down from its text."""
    key = f"{ORIGIN}/{quote(url, safe='/&')}"
    return key if revision is None else f"{key}?__WB_REVISION__={revision}"


@pytest.mark.parametrize("name", WORKBOX)
def test_workbox_every_listed_url_is_found_and_nothing_is_invented(name, real_site, declare_folder):
    site = real_site(name)
    declared = declare_folder(site.folder, site.script)
    reported = {keys_by_workbox(url, revision) for url, revision in site.entries}
    assert len(reported) == site.count > 3
    assert {key for item in declared.items for key in item.alternatives} == reported
    assert len(declared.items) == site.count
    assert declared.unread == ()
    assert declared.hears_fetch is True


def test_the_loader_form_of_generate_sw_leads_to_the_runtime_beside_it(real_site, declare_folder):
    site = real_site("workbox_generate")
    declared = declare_folder(site.folder, site.script)
    runtime = [path.name for path in site.folder.glob("workbox-*.js")]
    assert declared.scripts == (f"{ORIGIN}/sw.js", f"{ORIGIN}/{runtime[0]}")


def test_what_workbox_keeps_at_run_time_only_is_not_declared(real_site, declare_folder):
    site = real_site("workbox_generate")
    assert (site.folder / "pictures" / "later.svg").is_file()
    declared = declare_folder(site.folder, site.script)
    assert f"{ORIGIN}/pictures/later.svg" not in {item.url for item in declared.items}


def test_angular_the_prefetched_group_is_declared_and_the_lazy_one_is_not(
    real_site, declare_folder
):
    site = real_site("angular")
    declared = declare_folder(site.folder, site.script)
    assert [item.url for item in declared.items] == [ORIGIN + url for url, _ in site.entries]
    assert len(declared.items) == site.count == 6
    assert (site.folder / "assets" / "photo.svg").is_file()
    assert {item.source for item in declared.items} == {"prefetched asset group in /ngsw.json"}
    assert declared.hears_fetch is True


@pytest.mark.parametrize("name", [*WORKBOX, "angular"])
def test_every_declared_file_is_really_there(name, real_site, declare_folder):
    site = real_site(name)
    files = {
        f"{ORIGIN}/{quote(path.relative_to(site.folder).as_posix(), safe='/&')}"
        for path in site.folder.rglob("*")
    }
    assert {item.url for item in declare_folder(site.folder, site.script).items} <= files


SAMPLES = {
    "gallery": (9, True),
    "precache_shell": (7, False),
    "never_claims": (5, False),
    "second_visit": (0, True),
    "broken_install": (6, False),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_sites_declare_their_lists(name, sample_sites, declare_folder):
    declared = declare_folder(sample_sites / name, "sw.js")
    count, stores_at_runtime = SAMPLES[name]
    assert len(declared.items) == count
    assert declared.stores_at_runtime is stores_at_runtime
    assert declared.hears_fetch is True
    assert declared.unread == ()


def test_the_broken_sample_names_one_file_that_is_not_there(sample_sites, declare_folder):
    folder = sample_sites / "broken_install"
    urls = [item.url for item in declare_folder(folder, "sw.js").items]
    gone = [url for url in urls if not (folder / url.removeprefix(f"{ORIGIN}/")).exists()]
    assert gone == [f"{ORIGIN}/poster.svg"]


def test_sample_sites_say_what_they_show_and_ask_nobody_else(sample_sites):
    folders = sorted(path for path in sample_sites.iterdir() if path.is_dir())
    with_workers = [each.name for each in folders if (each / "sw.js").is_file()]
    assert with_workers == sorted(SAMPLES)
    for folder in folders:
        assert (folder / "README.md").read_text(encoding="utf-8").strip()
        for path in folder.rglob("*"):
            if path.is_file():
                text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
                assert "http:" not in text and "https:" not in text, path


class TestBuilder:
    def test_an_unknown_site_is_named_with_those_that_exist(self, builder, tmp_path):
        with pytest.raises(builder.CannotBuildError) as caught:
            builder.build("gatsby", tmp_path)
        assert str(caught.value) == (
            "There is no site 'gatsby'; choose from: "
            "workbox_generate, workbox_inject, vite_pwa, angular."
        )

    def test_without_node_it_says_what_to_install(self, builder, tmp_path, monkeypatch):
        monkeypatch.setattr(builder.shutil, "which", lambda name: None)
        monkeypatch.setattr(builder, "_wheel", lambda: None)
        with pytest.raises(builder.CannotBuildError) as caught:
            builder.build("angular", tmp_path)
        assert str(caught.value) == (
            "node 20 or later, with npm, is needed to build real sites: there is no node on PATH. "
            "Install the extra: pip install 'pytest-playwright-offline[npm]'."
        )
        assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]

    def test_a_build_that_fails_leaves_nothing_and_shows_what_the_tool_said(
        self, builder, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(builder, "_tools", lambda cache, digest: tmp_path)
        monkeypatch.setattr(builder, "_node", lambda: "false")
        with pytest.raises(
            builder.CannotBuildError, match=r"^Building the site angular failed \(exit 1\)"
        ):
            builder.build("angular", tmp_path)
        assert not [path for path in tmp_path.iterdir() if path.suffix != ".lock"]

    def test_a_site_that_is_built_is_not_built_again(self, builder, real_site, monkeypatch):
        site = real_site("vite_pwa")
        monkeypatch.setattr(builder, "_build", lambda *given: pytest.fail("built again"))
        assert builder.build("vite_pwa", builder.default_cache()) == site.folder

    def test_the_lock_file_pins_every_tool_and_names_no_host(self, builder):
        text = (builder.HERE / "package-lock.json").read_text(encoding="utf-8")
        assert "http" not in text
        packages = builder.json.loads(text)["packages"]
        assert [
            name for name, package in packages.items() if name and "integrity" not in package
        ] == []
