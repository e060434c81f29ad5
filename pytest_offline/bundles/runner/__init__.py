"""What runs a bundle. This folder is copied into each bundle beside its ``run.py``, so nothing in
it imports anything but the standard library, aiohttp, Playwright, and its own siblings by a dot.
"""
