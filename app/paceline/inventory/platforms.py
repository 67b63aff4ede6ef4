"""Platform names as inventories write them, resolved to the ones Paceline has."""

import difflib
from collections.abc import Collection, Mapping


class PlatformNames:
    """Resolves NAPALM's and Ansible's names through `aliases` (alias to name). With no `known` names, any is taken."""

    def __init__(self, aliases: Mapping[str, str], known: Collection[str]) -> None:
        self._names = {alias.casefold(): name for alias, name in aliases.items()}
        self._names |= {name.casefold(): name for name in known}
        self._is_open = not known
        self._seen: dict[str, str] = {}

    def resolve(self, text: str) -> str:
        """The platform's name; empty when there is none of that name."""
        found = self._seen.get(text)
        if found is None:
            found = self._seen[text] = self._look_up(text.casefold())
        return found

    def nearest(self, text: str) -> str:
        """The known name most like `text`, or empty."""
        return next(iter(difflib.get_close_matches(text.casefold(), self._names, n=1)), "")

    def _look_up(self, text: str) -> str:
        for form in (text, text.replace("-", "_").replace(" ", "_")):
            if form in self._names:
                return self._names[form]
        return text if self._is_open else ""
