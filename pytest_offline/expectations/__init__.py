"""Assertions on this package's objects: wait, retry, explain. ``expect`` hands them out."""
