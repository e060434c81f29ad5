import pytest

from pytest_offline import expect


@pytest.fixture
def signed_in(page, origin, live_server, django_user_model):
    django_user_model.objects.create_user("ada", password="engine")
    origin.proxy(live_server.url)
    page.goto(origin.url)
    page.get_by_label("User").fill("ada")
    page.get_by_label("Password").fill("engine")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(origin.url_for("/orders/"))
    return page


def test_orders_are_seen_in_the_tunnel(signed_in, origin, network, service_worker, caches):
    page = signed_in
    service_worker.wait_until_ready()
    expect(caches).to_have_put("/orders/", cache="shop", status=200)
    with network.offline():
        mark = origin.requests.mark()
        page.reload()
        expect(page.get_by_role("heading")).to_have_text("Orders of ada")
        assert all(seen.outcome == "blocked" for seen in origin.requests.since(mark))
    page.reload()
    expect(page.get_by_role("heading")).to_have_text("Orders of ada")
    caches.verify()


def test_nobody_is_signed_in_from_another_test(page, origin, live_server):
    origin.proxy(live_server.url)
    page.goto(origin.url_for("/orders/"))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["asgi", "wsgi"])
def test_it_can_be_served_in_this_process_too(page, origin, kind):
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application
    from django.test.utils import override_settings

    application = get_asgi_application() if kind == "asgi" else get_wsgi_application()
    with override_settings(ALLOWED_HOSTS=[".localhost"]):
        origin.app(application)
        page.goto(origin.url)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert origin.errors == ()
