import os

# Playwright's synchronous API runs an event loop in the test's thread, and Django refuses its
# database there unless it is told that this is meant.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
