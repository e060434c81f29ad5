from urllib.request import urlopen

from pytest_offline import expect

POST = (
    "text => fetch('/api/messages', {method: 'POST', body: text}).then(() => 'sent', () => 'away')"
)


def test_the_board_is_read_in_the_tunnel(page, origin, network, service_worker, node_server):
    origin.proxy(node_server)
    page.goto(origin.url)
    expect(page.get_by_role("listitem")).to_have_text("Welcome")
    service_worker.wait_until_ready()
    assert page.evaluate(POST, "Hello") == "sent"
    expect(page.get_by_role("status")).to_have_text("2")
    expect(page.get_by_role("listitem")).to_have_count(2)

    with network.offline():
        assert urlopen(f"{node_server}/api/streams").read() == b"0", "its stream is closed"
        page.reload()
        expect(page.get_by_role("listitem")).to_have_count(2)
        assert page.evaluate(POST, "Lost") == "away"

    page.reload()
    expect(page.get_by_role("status")).to_have_text("2")
    assert page.evaluate(POST, "Found") == "sent"
    expect(page.get_by_role("listitem")).to_have_count(3)
