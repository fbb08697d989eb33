import unicodedata

import pytest

from app.media.names import LONGEST, tidy


@pytest.mark.parametrize(
    ("name", "tidied"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Grüße aus Köln.tar.gz", "Grüße aus Köln.tar.gz"),
        (unicodedata.normalize("NFD", "für.png"), "für.png"),
        ("写真 1.JPG", "写真 1.JPG"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\una\photo.png", "photo.png"),
        (".htaccess", "htaccess"),
        ("no ending", "no ending"),
        ("Dr. Who", "Dr. Who"),
        ("a\x00b\r\nX: y.png", "ab X_ y.png"),
        ("a\x80b\x9fc.png", "abc.png"),
        ("a\x85b\u2028c\u2029d\u00a0e\tf.png", "a b c d e f.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\u061ca\u200e\u200f\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069b.png", "ab.png"),
        ("a\ud800b\ue000.png", "ab.png"),
        ('<a href="x">?*|.png', "_a href=_x_.png"),
        ("  spaces   within  .png ", "spaces within.png"),
        ("name . . .", "name"),
        ("", "file"),
        (" . ", "file"),
        ("folder/", "file"),
        ("\u202e", "file"),
        ("n" * 300, "n" * (LONGEST - 1)),
        ("n" * 300 + ".png", "n" * (LONGEST - 4) + ".png"),
    ],
)
def test_a_name_is_one_line_without_a_path(name, tidied):
    assert tidy(name) == tidied
    assert tidy(tidied) == tidied


@pytest.mark.parametrize(
    ("name", "ending", "tidied"),
    [
        ("photo.png", "png", "photo.png"),
        ("photo.PNG", "png", "photo.png"),
        ("photo.jpeg", "jpg", "photo.jpeg"),
        ("photo.jpeg", "png", "photo.png"),
        ("page.html", "png", "page.png"),
        ("tool.exe", "bin", "tool.bin"),
        ("photo", "jpg", "photo.jpg"),
        ("Dr. Who", "png", "Dr. Who.png"),
        ("", "vcf", "file.vcf"),
        ("n" * 300 + ".exe", "png", "n" * (LONGEST - 4) + ".png"),
    ],
)
def test_a_name_ends_as_the_file_is(name, ending, tidied):
    assert tidy(name, ending) == tidied
