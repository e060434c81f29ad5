"""What is wrong with a set-up, if anything is.

`examine` makes the checks that need no browser, `trial` takes a small site offline in a build,
`findings` words both. Each is imported from its own module: where Playwright is missing, the first
of them has to be able to say so.
"""
