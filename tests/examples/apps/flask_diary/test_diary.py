from diary import create_app

from pytest_offline import expect


def test_the_diary_can_be_read_in_the_tunnel(page, origin, network, service_worker, caches):
    origin.app(create_app())
    page.goto(origin.url)
    page.get_by_label("Name").fill("Ada")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Entry").fill("Met Charles.")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem")).to_have_text("Met Charles.")

    service_worker.wait_until_ready(expect=["/", "/style.css"])
    page.reload()
    expect(caches).to_contain("/", cache="diary")
    with network.offline():
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("Ada's diary")
        expect(page.get_by_role("listitem")).to_have_text("Met Charles.")

    page.get_by_label("Entry").fill("Back online.")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("listitem")).to_have_count(2)
    caches.verify()


def test_what_the_app_raises_can_be_read(page, origin):
    app = create_app()
    app.testing = True  # Flask: exceptions are raised, not made pages of
    origin.app(app)
    assert page.goto(origin.url_for("/broken")).status == 500
    assert "LookupError: no such page in the diary" in page.inner_text("body")
    assert isinstance(origin.errors[0], LookupError)
    assert origin.requests.to("/broken")[0].outcome == "failed"
