"""What is known of a trial without reading its events: whose it is, and of what."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bench.scenarios.profession import Language
from bench.scenarios.trial_record import utc
from bench.scenarios.trial_state import instant

DOCUMENT = "trial"
"""Kind of the documents in which entries are kept."""


@dataclass(frozen=True, slots=True)
class TrialEntry:
    """One line of the list of trials."""

    trial: str
    """Its id."""
    owner: str
    """Hash of the user's session id."""
    profession_id: int
    profession: str
    """Its stable name."""
    language: Language
    column: str
    fingerprint: str
    """Of the configuration."""
    tasks: tuple[int, ...]
    """Ids of its tasks."""
    started: datetime
    """Wall time of the server."""
    ended: str = ""
    """`completed`, `abandoned`, or empty."""

    def is_of(
        self, owner: str, profession: int | str | None, language: Language | None, column: str | None
    ) -> bool:  # fmt: skip
        """Whether it fits; None fits all. A profession is named by id, name, or id as text."""
        return (
            self.owner == owner
            and (profession is None or profession == self.profession or str(profession) == str(self.profession_id))
            and (language is None or language == self.language)
            and (column is None or column == self.column)
        )

    def over(self, reason: str) -> "TrialEntry":
        """The same, ended."""
        return replace(self, ended=reason)

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "owner": self.owner, "profession_id": self.profession_id, "profession": self.profession, "language": self.language,
            "column": self.column, "fingerprint": self.fingerprint, "tasks": list(self.tasks), "started": utc(self.started),
            "ended": self.ended,
        }  # fmt: skip

    @classmethod
    def read(cls, trial: str, document: dict[str, Any]) -> "TrialEntry | None":
        """From plain JSON; None for a document of another version."""
        try:
            return cls(
                trial, document["owner"], document["profession_id"], document["profession"], document["language"],
                document["column"], document["fingerprint"], tuple(document["tasks"]), instant(document["started"]),
                document["ended"],
            )  # fmt: skip
        except (KeyError, TypeError, ValueError):
            return None
