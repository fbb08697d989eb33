"""An address is counted as the network of one subscriber."""

import pytest

from app.addresses import counted_as


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("64:ff9b::192.0.2.9", "192.0.2.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("", ""),
        ("unix:", ""),
        ("192.0.2.7:80", ""),
    ],
)
def test_a_device_that_changes_its_address_stays_the_same(address, counted):
    assert counted_as(address) == counted
