"""The demonstration: sample sites go offline in real browsers, told as it happens.

    python -m pytest_offline.demo [--build NAME] [--headed] [--site FOLDER] [--output FOLDER]

Every fact it tells is read from the ledger, the probes or the page itself; it ends with exit code 1
where one does not come true. It uses the rooms as the fixtures do, without pytest. Each story is a
module: ``gallery`` (a service worker), ``notes`` (an application cache).
"""
