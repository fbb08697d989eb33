"""What a browser calls itself, in words that its owner knows."""

from __future__ import annotations

from flask_babel import gettext as _

# In this order: most of them name others, too.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def browser_words(user_agent: str) -> str:
    """`Firefox on Windows`, as far as it can be told."""
    browser = next((word for mark, word in _BROWSERS.items() if mark in user_agent), "")
    system = next((word for mark, word in _SYSTEMS.items() if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or _("Unknown browser")
