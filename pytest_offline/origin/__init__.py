"""The local site: an HTTP server in a thread, mounts, scripted answers, conditions, the ledger.

Start reading at ``server.py`` (threads and sockets), then ``serving.py`` (one request's way), then
``site.py`` (what a test sees). ``answers.py`` has the words between them: whatever stands behind a
path is a ``Handler`` that makes an ``Answer`` of what is ``Asked``.
"""

from __future__ import annotations

from pytest_offline.origin.certificates import Certificates
from pytest_offline.origin.deploys import AS_BEFORE, Deploy, Deployed
from pytest_offline.origin.header_sets import CROSS_ORIGIN_ISOLATED, csp, service_worker_allowed
from pytest_offline.origin.ledger import Exchanges, Ledger
from pytest_offline.origin.live import EventStream, WebSocketRoute
from pytest_offline.origin.outside import Outside
from pytest_offline.origin.server import OriginServer
from pytest_offline.origin.site import Origin

__all__ = [
    "AS_BEFORE",
    "CROSS_ORIGIN_ISOLATED",
    "Certificates",
    "Deploy",
    "Deployed",
    "EventStream",
    "Exchanges",
    "Ledger",
    "Origin",
    "OriginServer",
    "Outside",
    "WebSocketRoute",
    "csp",
    "service_worker_allowed",
]
