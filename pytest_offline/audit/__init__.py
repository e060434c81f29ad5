"""A site without a test: visited online, then with its network gone, and compared page by page."""
