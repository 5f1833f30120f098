"""What can go wrong in a provider, as one tree.

    ProviderError
    ├── NotUsable                    before any request
    │   ├── EngineMissing            a program or package is not installed
    │   ├── KeyMissing               no key in the environment
    │   └── LanguageUnsupported      the engine does not speak it
    ├── Refused                      the service answered no
    │   ├── KeyRejected   ├── NotPermitted   ├── QuotaExceeded   ├── RateLimited
    │   ├── ModelGone     ├── ContentRefused └── RequestRefused
    ├── ServiceFailed                the service answered that it is broken (5xx)
    ├── NetworkFailed
    │   ├── NameNotFound   ├── ConnectionRefused   ├── TlsFailed   └── ConnectionCut
    ├── ProtocolBroken               it answered something that is not its protocol
    │   └── EndedEarly               the stream ended without its final part
    ├── StageTimedOut                nothing came in time
    └── EngineCrashed                a local worker process died

Each leaf has a `code` (also the key of its translation), whether trying again can help, and a public message that says what
to do. A provider's own text never becomes the public message: vendors echo keys.
"""

from typing import ClassVar, Literal, TypeAlias

Stage: TypeAlias = Literal["vad", "stt", "llm", "tts", "avatar", "live"]


class ProviderError(Exception):
    """A provider could not do its part."""

    code: ClassVar[str] = "provider_error"
    retryable: ClassVar[bool] = False
    template: ClassVar[str] = "{provider} could not answer."

    def __init__(self, provider: str, stage: Stage, *, cause: str = "", **facts: str) -> None:
        """`cause` is for the log only; `facts` fill the public template and must be our own words. A `hint` among them is
        said after it: what else helps in this case, as a sentence."""
        self.provider = provider
        self.stage: Stage = stage
        self.cause = cause
        self.facts = facts
        super().__init__(f"{self.code}: {provider} ({stage})")

    @property
    def public_message(self) -> str:
        """What a person reads: what happened and what to do."""
        told = self.template.format_map({"provider": self.provider, **self.facts})
        return f"{told} {self.facts['hint']}" if self.facts.get("hint") else told


class NotUsable(ProviderError):
    code = "not_usable"
    template = "{provider} cannot be used here."


class EngineMissing(NotUsable):
    code = "engine_missing"
    template = "{provider} needs {what}. Install it with: {remedy}"


class KeyMissing(NotUsable):
    code = "key_missing"
    template = "{provider} has no key. Set {variable} and restart, or choose another provider."


class LanguageUnsupported(NotUsable):
    code = "language_unsupported"
    template = "{provider} does not speak {language}. {remedy}"


class Refused(ProviderError):
    code = "refused"
    template = "{provider} refused the request."


class KeyRejected(Refused):
    code = "key_rejected"
    template = "{provider} refused the key. Set {variable} and restart, or choose another provider."


class NotPermitted(Refused):
    code = "not_permitted"
    template = "{provider} does not allow this for your account or region. Choose another model or ask the vendor."


class QuotaExceeded(Refused):
    code = "quota_exceeded"
    template = "Your quota at {provider} is used up. Top it up at the vendor, or choose another provider."


class RateLimited(Refused):
    code = "rate_limited"
    retryable = True
    template = "{provider} asks to slow down. Try again in {retry_after} seconds."


class ModelGone(Refused):
    code = "model_gone"
    template = "{provider} no longer offers {model}. {remedy}"


class ContentRefused(Refused):
    code = "content_refused"
    template = "{provider} declined to answer because of its content rules. Rephrase the message or the prompt."


class RequestRefused(Refused):
    code = "request_refused"
    template = "{provider} did not accept the request. Check the settings of this stage."


class ServiceFailed(ProviderError):
    code = "service_failed"
    retryable = True
    template = "{provider} has trouble of its own. Try again, or choose another provider."


class NetworkFailed(ProviderError):
    code = "network_failed"
    retryable = True
    template = "{provider} cannot be reached. Check the network."


class NameNotFound(NetworkFailed):
    code = "name_not_found"
    template = "The address of {provider} does not exist. Check the network and the address in the settings."


class ConnectionRefused(NetworkFailed):
    code = "connection_refused"
    template = "Nothing answers at the address of {provider}. Is its server running?"


class TlsFailed(NetworkFailed):
    code = "tls_failed"
    retryable = False
    template = "The secure connection to {provider} failed. Check the clock and the certificates of this computer."


class ConnectionCut(NetworkFailed):
    code = "connection_cut"
    template = "{provider} cut the connection in the middle of the answer. Try again."


class ProtocolBroken(ProviderError):
    code = "protocol_broken"
    template = "{provider} sent something that cannot be read. Try again; if it stays so, choose another provider."


class EndedEarly(ProtocolBroken):
    code = "ended_early"
    retryable = True
    template = "{provider} stopped before it had finished. Try again."


class StageTimedOut(ProviderError):
    code = "stage_timed_out"
    retryable = True
    template = "{provider} did not answer within {seconds} seconds."


class EngineCrashed(ProviderError):
    code = "engine_crashed"
    retryable = True
    template = "{provider} stopped working and is being restarted. Try again."
