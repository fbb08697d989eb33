"""What the lists of nodes say, for each level that is listed."""

from flask_babel import lazy_gettext as _l

from app.vocabulary import Level

WORDS = {
    Level.PROVIDER: {
        "add": _l("Add provider"),
        "close": _l("Close provider"),
        "search": _l("Search providers"),
        "none": _l("No providers yet"),
        "below": _l("Resellers"),
        "what": _l("A provider is the top of a customer tree, with its own accounts at carriers."),
    },
    Level.RESELLER: {
        "add": _l("Add reseller"),
        "close": _l("Close reseller"),
        "search": _l("Search resellers"),
        "none": _l("No resellers yet"),
        "below": _l("Groups"),
        "what": _l("A reseller holds the groups of its customers."),
    },
    Level.GROUP: {
        "add": _l("Add group"),
        "close": _l("Close group"),
        "search": _l("Search groups"),
        "none": _l("No groups yet"),
        "below": _l("Users"),
        "what": _l("A group is a customer, with its users."),
    },
    Level.USER: {
        "add": _l("Add user"),
        "close": _l("Close user"),
        "search": _l("Search users"),
        "none": _l("No users yet"),
        "below": _l("CPaaS Numbers"),
        "what": _l("A user has a BroadWorks user id and a Unity client, and can hold CPaaS numbers."),
    },
}
