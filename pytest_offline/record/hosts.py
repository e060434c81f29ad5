"""Which hosts are this machine, by their spelling alone: nobody is asked for an address."""

from __future__ import annotations

import ipaddress


def is_localhost(name: str) -> bool:
    """Whether a name, in lower case, is ``localhost`` or below it.

    These are loopback wherever RFC 6761, section 6.3, is obeyed; many systems do not know them.
    """
    return name == "localhost" or name.endswith(".localhost")


def is_loopback(address: str) -> bool:
    """Whether it is an address of loopback, IPv6 without brackets; no name is one."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
