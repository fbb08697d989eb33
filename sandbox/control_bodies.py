"""What the control API accepts, and the sentence it answers with when it does not."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from sandbox.addresses import Form
from sandbox.faults import NAMES, OF_REQUESTS
from sandbox.operations import OPERATIONS


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Address = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=64)]


class Body(BaseModel):
    """Unknown fields are refused: a misspelt one would make a test lie."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Inbound(Body):
    """A phone texts one or several numbers."""

    sender: Address = Field(alias="from")
    to: Annotated[list[Address], BeforeValidator(_as_list), Field(min_length=1, max_length=50)]
    text: str = Field("", max_length=10_000)
    media_urls: list[str] = Field([], alias="mediaUrls", max_length=50)
    reference: str | None = Field(None, alias="referenceId", min_length=1, max_length=128)
    wait: bool = False
    numbers_as: Form = "digits11"


class Receipt(Body):
    """A delivery receipt, now."""

    reference: str = Field(alias="referenceId", min_length=1, max_length=128)
    stat: str = Field(pattern=r"^[A-Z]{1,16}$")
    swap: bool = False
    wait: bool = False


class Block(Body):
    """Numbers in a row that an account gets, all of them good for texts."""

    first: str = Field(pattern=r"^[2-9][0-9]{9}$")
    count: int = Field(ge=1, le=10_000)


class FaultWish(Body):
    """A fault to switch on."""

    fault: str
    operation: str | None = None
    times: int | None = Field(None, ge=1, le=1_000_000)
    seconds: float = Field(20, ge=0, le=600)
    then: Literal["drop", "accept"] = "drop"
    every: int = Field(1, ge=1, le=10_000)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.fault not in NAMES:
            raise ValueError(f"fault must be one of: {', '.join(NAMES)}.")
        if self.operation is not None and self.operation not in OPERATIONS:
            raise ValueError(f"operation must be one of: {', '.join(OPERATIONS)}.")
        if self.operation is not None and self.fault not in OF_REQUESTS:
            raise ValueError(f"{self.fault} is about webhooks; leave operation out.")
        return self


def problem(error: ValidationError) -> dict[str, Any]:
    """One sentence, and the fields it is about."""
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]) or "body", "message": _said(item["msg"])}
        for item in error.errors()
    ]
    return {"error": "; ".join(f"{f['field']}: {f['message']}" for f in fields), "fields": fields}


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")
