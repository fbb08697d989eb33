"""The shapes of the client API: what is validated, and what is answered."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)

from app.phone import LONGEST_TYPED
from app.services.messaging.sending import LONGEST_TEXT
from app.vocabulary import (
    AttachmentState,
    Direction,
    MessageState,
    OptIn,
    Product,
    SentAs,
    TextEncoding,
)


class Body(BaseModel):
    """Unknown fields are an error, so that a typo is noticed."""

    model_config = ConfigDict(extra="forbid", str_max_length=4000)


# One line: a control character in a name is a mistake, and NUL is what databases refuse.
_LINE = r"^[^\x00-\x1f\x7f]*$"


class SignIn(Body):
    user_id: str = Field(min_length=1, max_length=161, pattern=_LINE)
    password: str = Field(min_length=1, max_length=200)
    product: Product = Product.DESKTOP
    device_token: str = Field(default="", max_length=64, pattern=r"^[A-Za-z0-9_-]*$")


class Refresh(Body):
    refresh_token: str = Field(min_length=1, max_length=200, pattern=_LINE)


class OptInAnswer(Body):
    accept: StrictBool


class NewMessage(Body):
    number_id: StrictInt = Field(ge=1, le=2**31 - 1)
    to: str = Field(min_length=1, max_length=LONGEST_TYPED)
    text: str = Field(max_length=LONGEST_TEXT)
    client_ref: str = Field(min_length=1, max_length=64, pattern=_LINE)
    bulk: StrictBool = False
    # How many is the rule of texts, which has a sentence; here it is only described.
    attachment_ids: list[Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]] = Field(
        [], json_schema_extra={"maxItems": 10}
    )


def _is_file(value: Any) -> Any:
    if not hasattr(value, "stream"):
        raise ValueError("Send the file as a part of the form with a file name.")
    return value


class NewAttachment(BaseModel):
    """A form: the number that will send the file, and the file."""

    model_config = ConfigDict(extra="forbid")

    number_id: int = Field(ge=1, le=2**31 - 1)
    file: Annotated[Any, BeforeValidator(_is_file), WithJsonSchema({"type": "string", "format": "binary"})]


class ThreadQuery(BaseModel):
    remote: str | None = Field(None, alias="with", max_length=LONGEST_TYPED)
    before: int | None = Field(None, ge=1, le=2**31 - 1)
    limit: int = Field(50, ge=1, le=200)


class ReadUpTo(Body):
    up_to: StrictInt = Field(ge=1, le=2**31 - 1)


class Words(Body):
    text: str


class ConversationsQuery(BaseModel):
    number_id: int | None = Field(None, ge=1, le=2**31 - 1)
    search: str = Field("", max_length=200, pattern=_LINE)
    after: str | None = Field(None, max_length=400)
    limit: int = Field(50, ge=1, le=200)


class SearchQuery(BaseModel):
    search: str = Field(min_length=2, max_length=200, pattern=_LINE)
    before: int | None = Field(None, ge=1, le=2**31 - 1)
    limit: int = Field(50, ge=1, le=200)


class PromptShape(BaseModel):
    number_id: int
    number: str
    friendly_name: str
    text: str


class PairShape(BaseModel):
    token: str
    expires_at: dt.datetime
    refresh_token: str
    refresh_expires_at: dt.datetime


class SessionShape(PairShape):
    prompts: list[PromptShape]
    device_token: str


class OwnSessionShape(BaseModel):
    user_id: str
    product: Product
    expires_at: dt.datetime
    unread: int
    prompts: list[PromptShape]


class NumberShape(BaseModel):
    id: int
    number: str
    friendly_name: str
    messaging_type: str
    can_block: bool
    opt_in: OptIn


class AttachmentShape(BaseModel):
    id: int
    state: AttachmentState
    name: str
    content_type: str
    size: int | None
    width: int | None
    height: int | None
    has_thumbnail: bool
    reason: str


class MessageShape(BaseModel):
    id: int
    number_id: int
    conversation_id: int | None
    direction: Direction
    state: MessageState
    reason: str
    remote: str
    other_recipients: list[str]
    text: str
    reads_like_opt_out: bool
    encoding: TextEncoding | None
    segments: int | None
    sent_as: SentAs | None
    fallback_reason: str
    attachments: list[AttachmentShape]
    client_ref: str | None
    created_at: dt.datetime
    sent_at: dt.datetime | None
    settled_at: dt.datetime | None


class ConversationShape(BaseModel):
    id: int
    number_id: int
    remote: str
    unread: int
    is_blocked: bool
    is_stopped: bool
    last: MessageShape


class SegmentsShape(BaseModel):
    text: str
    encoding: TextEncoding
    segments: int
    units: int
    remaining: int
    turning: list[str]
    plainer: str | None


class BlockShape(BaseModel):
    remote: str
    blocked: bool


class BrandShape(BaseModel):
    name: str
    accent: str
    accent_dark: str
    logo_url: str


class NumbersShape(BaseModel):
    items: list[NumberShape]
    next: None


class MessagesShape(BaseModel):
    items: list[MessageShape]
    next: int | None


class ConversationsShape(BaseModel):
    items: list[ConversationShape]
    next: str | None


class BlocksShape(BaseModel):
    items: list[BlockShape]
    next: None


def listed(items: list[Any], following: Any = None) -> dict[str, Any]:
    """Every list has this form; `next` is what to pass for the next page, or null."""
    return {"items": [item.model_dump(mode="json") for item in items], "next": following}
