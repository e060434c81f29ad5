"""The sub-commands of ``pytest-offline``, a module each; what costs is imported when one runs."""
