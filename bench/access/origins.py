"""Which hosts the workbench answers to, and which pages may speak to it.

A browser can be led to this port under a foreign name (DNS rebinding) and by foreign pages (forged requests). The first is
seen in `Host`, the second in `Origin` and `Sec-Fetch-Site`; all three are set by the browser and out of a page's reach.
"""

from dataclasses import dataclass

from bench.settings import LOOPBACK_NAMES


@dataclass(frozen=True, slots=True)
class Origins:
    """The exact names that are ours, and the exact origins that were let in by a setting."""

    hosts: frozenset[str]
    """Values of `Host` that are answered: name and port, lower case."""
    allowed: frozenset[str] = frozenset()
    """Foreign origins that may call: scheme, name and port."""

    @classmethod
    def loopback(cls, port: int, allowed: tuple[str, ...] = ()) -> "Origins":
        """This computer's own names at `port`. Port 80 is what a browser leaves out of `Host`."""
        hosts = {f"{name}:{port}" for name in LOOPBACK_NAMES}
        if port == 80:
            hosts |= set(LOOPBACK_NAMES)
        return cls(frozenset(hosts), frozenset(allowed))

    def knows(self, hosts: list[str]) -> bool:
        """Whether a request with these `Host` headers is meant for us: exactly one, and one of ours."""
        return len(hosts) == 1 and hosts[0].lower() in self.hosts

    def own(self, host: str, origin: str) -> bool:
        """Whether `origin` is the very origin that the request went to (a page at `localhost` is foreign to `127.0.0.1`)."""
        return origin == f"http://{host.lower()}"

    def may_call(self, host: str, origin: str) -> bool:
        """Whether a page of `origin` may make requests that change something, or open a socket."""
        return self.own(host, origin) or origin in self.allowed
