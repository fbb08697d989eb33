"""Name, logo and colour: what is empty comes from the nearest place above, and every colour can be read."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.errors import Invalid, NotFound
from app.models import AuditEntry, Branding, Group, Provider, Reseller
from app.services.accounts import branding, logos, tones
from app.services.accounts.branding import BrandWish
from app.services.revisions import ChangedMeanwhile
from app.vocabulary import Level
from tests import make

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def una() -> Any:
    return make.user()


def places(user: Any) -> tuple[Any, Any, Any]:
    """The provider, the reseller and the group above a user."""
    return (
        make.every(Provider, id=user.provider_id)[0],
        make.every(Reseller, id=user.reseller_id)[0],
        make.every(Group, id=user.group_id)[0],
    )


def test_each_part_comes_from_the_nearest_place_that_has_it(una):
    telco, north, sales = places(una)
    make.brand(telco, name="Telco Texts", accent="#0b63ce", logo=make.picture())
    make.brand(north, accent="#14713f")
    make.brand(sales, name="Acme")
    found = branding.brand(make.at(una))
    assert (found.name, found.accent) == ("Acme", "#14713f")
    assert found.sources == {"name": Level.GROUP, "accent": Level.RESELLER, "logo": Level.PROVIDER}
    assert branding.brand_above(make.at(sales)).name == "Telco Texts"
    assert branding.brand(make.at(telco)).accent == "#0b63ce"


def test_a_brand_reaches_down_and_never_sideways_or_up(una):
    telco, _, sales = places(una)
    make.brand(sales, name="Acme")
    make.brand(una, name="Una's")
    assert not branding.brand(make.at(telco))
    assert not branding.brand(make.at(make.group(telco)))
    assert branding.brand(make.at(make.user(sales))).name == "Acme"
    assert branding.brand_of_person(make.portal_user(sales).id).name == "Acme"
    assert not branding.brand_of_person(make.portal_user(telco).id)
    assert not branding.brand_of_person(make.operator().id)


def test_a_host_name_shows_its_providers_brand_and_nobody_elses():
    telco, other = make.provider(), make.provider()
    make.brand(telco, name="Telco Texts")
    make.brand(make.reseller(telco), name="North")
    make.brand(other, name="Other")
    make.hostname(telco, "texts.example.com")
    assert branding.brand_of_host("texts.example.com").name == "Telco Texts"
    assert not branding.brand_of_host("unknown.example.com")


def test_saving_is_written_into_the_history(una):
    _, _, sales = places(una)
    actor = make.admin_of(sales)
    branding.change(actor, make.at(sales), BrandWish("Acme", "#0B63CE", make.picture("JPEG")), 0)
    row = make.every(Branding)[0]
    assert (row.name, row.accent, row.logo_type, row.revision) == ("Acme", "#0b63ce", "image/png", 1)
    change = make.every(AuditEntry)[-1].change
    assert change == {"name": ["", "Acme"], "accent": ["", "#0b63ce"], "logo": ["", row.logo_digest[:8]]}
    branding.change(actor, make.at(sales), BrandWish("Acme", "", removes_logo=True), 1)
    row = make.again(row)
    assert (row.accent, row.logo, row.logo_digest, row.revision) == ("", None, "", 2)
    with pytest.raises(NotFound):
        branding.logo_of(change["logo"][1])


def test_saving_nothing_new_leaves_no_trace(una):
    _, _, sales = places(una)
    branding.change(make.admin_of(sales), make.at(sales), BrandWish(), 0)
    assert make.every(Branding) == []
    assert make.every(AuditEntry) == []


def test_the_second_of_two_administrators_is_told(una):
    _, _, sales = places(una)
    actor, place = make.admin_of(sales), make.at(sales)
    branding.change(actor, place, BrandWish("First"), 0)
    with pytest.raises(ChangedMeanwhile, match="First"):
        branding.change(actor, place, BrandWish("Second"), 0)
    assert make.every(Branding)[0].name == "First"


@pytest.mark.parametrize("typed", ["red", "#12", "#12345g", "#1234567", "0x0b63ce", "#0b63ce;}body{"])
def test_what_is_no_colour_is_refused(typed):
    with pytest.raises(Invalid, match="six digits"):
        tones.read(typed)


def test_a_colour_on_which_white_cannot_be_read_is_refused_with_the_nearest_that_can():
    with pytest.raises(tones.NotReadable) as refusal:
        tones.read("#ffd400")
    nearest = refusal.value.message.split(" is the nearest")[0].split()[-1]
    assert tones.read(nearest) == nearest
    assert tones.contrast(nearest, "#ffffff") < 4.7


def test_short_and_unmarked_colours_are_understood():
    assert tones.read(" 0B63CE ") == "#0b63ce"
    assert tones.read("#036") == "#003366"


@settings(max_examples=300, deadline=None)
@given(COLOURS)
def test_every_colour_that_is_taken_can_be_read_everywhere(colour):
    try:
        accent = tones.read(colour)
    except tones.NotReadable:
        return
    light, dark = tones.light(accent), tones.dark(accent)
    for ground in ("#ffffff", "#f5f6f8", "#f1f3f6", light.tint):
        assert tones.contrast(light.text, ground) >= 4.5
    for ground in ("#14171c", "#0e1115", "#1c2027", "#20252d", dark.tint):
        assert tones.contrast(dark.text, ground) >= 4.5
    for fill in (light.fill, light.fill_hover, dark.fill, dark.fill_hover):
        assert tones.contrast("#ffffff", fill) >= 4.5


def test_a_logo_is_drawn_anew_small_and_without_what_the_file_said_beside_its_pixels():
    told = PngInfo()
    told.add_text("Comment", "secret words")
    sent = make.picture(size=(2000, 1000), pnginfo=told, icc_profile=b"secret profile")
    logo = logos.read(sent + b"<script>trailing</script>")
    drawn = Image.open(io.BytesIO(logo.data))
    assert (drawn.format, drawn.size, logo.type) == ("PNG", (240, 120), "image/png")
    assert drawn.info == {}
    assert b"script" not in logo.data


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_three_kinds_of_pictures_are_taken(kind):
    assert logos.read(make.picture(kind)).type == "image/png"


def test_a_see_through_logo_stays_see_through():
    file = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(file, "PNG")
    assert Image.open(io.BytesIO(logos.read(file.getvalue()).data)).mode == "RGBA"


def bomb(side: int) -> bytes:
    """A PNG of that many pixels a side in a few bytes."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    chunks = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"not a picture", "is not a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "is not a PNG"),
        (make.picture("GIF"), "is not a PNG"),
        (make.picture("BMP"), "is not a PNG"),
        (make.picture()[:60], "is not a PNG"),
        (bomb(7_000), "too many pixels"),
        (bomb(30_000), "too many pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (512 * 1024), "larger than 512 KB"),
    ],
    ids=["words", "svg", "gif", "bmp", "cut off", "bomb", "larger bomb", "too large"],
)
def test_what_is_no_logo_is_refused_in_one_sentence(sent, words):
    with pytest.raises(logos.NotALogo) as refusal:
        logos.read(sent)
    assert refusal.value.field == "logo"
    assert words in refusal.value.message
