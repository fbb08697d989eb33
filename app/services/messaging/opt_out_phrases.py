"""Does a text read like an opt-out without being one: "please stop texting me", "remove me" (D11)?

A pure function from the words alone. It only marks: a person decides, so it may miss some and should seldom
cry wolf. What it says of many texts is in a table, for and against, in the tests.
"""

from __future__ import annotations

import re
import unicodedata

from app.services.messaging import keywords

# Spanish words that end texts when they are the whole text, offered to providers as words of their own.
SPANISH = (
    "ALTO",
    "BASTA",
    "CANCELAR",
    "PARAR",
    "DETENER",
    "TERMINAR",
    "NO MAS",
    "NO MÁS",
    "DAR DE BAJA",
)
_LONGEST_TEXT = 1600  # the carrier's; of a longer one the beginning is read
# Most texts have none of these, and are done with.
_HINT_WORDS = (
    "stop|unsub|quit|quít|cease|opt|remov|delet|take|get |drop|pull|scrub|unlist|cancel|end |lose|leave|dont"
    "|do not|never|no longer|no more|enough|discontinue|halt|no m|no q|no d|dej|par|borr|bórr|elim|baja|alto"
    "|basta|detener|terminar"
)
_HINTS = tuple(_HINT_WORDS.split("|"))
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_SEPARATORS = re.compile(r"[.!?;:\n\r]+")
_OTHERS = re.compile(r"[^\w|]+")

_POLITE = r"(?:please|pls|plz|plss|kindly|thanks|thank you|thx|ty)"
# How a sentence begins that tells us to do something, as against one that tells about somebody else.
_START = (
    r"(?:^|\| ?)(?:(?:please|pls|plz|plss|kindly|just|hi|hey|hello|yo|ok|okay|no|sir|maam|guys|yall|can|could"
    r"|would|will|must|need|want|like|id|i|you|u|to|that|asked|said|told|already|again|now|so|and|but|thanks"
    r"|thank|sorry|ive|im asking|once) )*"
)
_NUMBER = r"(?:this|my|our|the)(?: \w+)? (?:number|phone|cell|line|mobile)"
_US = rf"(?:me|us|{_NUMBER})"
_TALK = (
    r"(?:texting|txting|texing|messaging|msging|contacting|calling and texting|spamming|bothering|harassing"
    r"|bugging|soliciting|emailing)"
)
_TEXTS = r"(?:texts?|txts?|messages?|msgs?|sms|mms|spam|alerts|notifications|promos|promotions|ads|reminders)"
_FILL = (
    r"(?:(?:all|any|the|these|those|this|your|ur|with|sending|getting|such|more|of|text|sms|marketing|me) )"
)
# What may follow until the sentence ends, for it to be about all texts and not about one evening.
_REST = (
    rf"(?: (?:me|us|here|again|anymore|any more|no more|ever|now|already|immediately|asap|today|at once"
    rf"|{_POLITE}|to me|to us|to {_NUMBER}|{_NUMBER}|from you|from this number|from your \w+|altogether"
    r"|period|right now|at all|you|u|and \w+ me \w+))*(?= ?(?:\||$)| and| or| i | this is| you are| its)"
)
_LISTS = (
    rf"(?:lists?|data ?base|system|records|contacts|mailing|distribution|thread|{_TEXTS}|subscriptions?"
    r"|marketing|everything|this|it)"
)
_NOT = (
    r"(?:dont|do not|never|didnt|did not|cant|cannot|can not|wont|will not|wouldnt|would not|shouldnt|not"
    r"|couldnt|could not|doesnt|(?:did|didnt|if|when|unless|since|until|why do|why did|why would|dare)"
    r" (?:i|you|u|he|she|they|we))"
)
# Each may stand anywhere, unless somebody says not to do it.
_ANYWHERE = (
    r"(?:stop|quit|cease|discontinue|halt)(?: (?:with|all|fucking|these|the|constantly|please))*"
    rf" {_TALK} {_US}\b",
    rf"(?:stop|quit|cease)(?: (?:fucking|please))* (?:sending|giving) (?:(?:me|us|to {_NUMBER}) )"
    rf"(?:{_FILL}*{_TEXTS}|these|this|stuff|things|anything)\b",
    r"(?:stop|quit) blowing up my phone",
    rf"(?:remove|delete|take|drop|get|pull|scrub)(?: {_POLITE})? (?:me|us|my name|{_NUMBER}|my info)"
    rf"(?: out| off| of| from| off of)? (?:from|off|of|out)(?: \w+){{0,3}}? {_LISTS}\b",
    r"unsub(?:scribe|cribe|scirbe|scrib|sribe|scripe)?",
    rf"opt(?:ing)? (?:me |us |{_NUMBER} )?out(?! (?:of|for|on|from)\b)",
    rf"opt(?:ing)? (?:me |us )?out (?:of|from) {_FILL}*(?:{_TEXTS}|these|this|all|sms|everything)\b",
    r"optout",
    rf"i (?:dont|do not|no longer|never) (?:want|wish|wanna|care|agree|need)(?: to| want)?"
    rf"(?: (?:receive|get|be|see|have))*(?: (?:any|anymore|more|these|your|this|those|all|further))+"
    rf"(?: (?:text|sms|marketing|promotional|spam))* {_TEXTS}\b(?! from (?!you|this|your))",
    r"i (?:dont|do not|no longer) (?:want|wish|wanna) (?:to )?(?:be|get) (?:texted|messaged|contacted)\b",
    r"(?:dont|do not) (?:want to |wanna )?hear from (?:you|u|yall|your \w+)(?: guys| people)?"
    r"(?: again| any ?more| ever)?(?= ?(?:\||$))",
    r"no (?:quiero|deseo)(?: \w+)?(?: (?:mas|más|recibir|sus|tus|estos))+ (?:mensajes|textos|sms)",
    r"(?:deje|deja|dejen|pare|paren|para) de"
    r" (?:escribir|mandar|enviar|molestar|contactar|textear|mensajear)\w*",
    r"no me (?:escrib\w+|mand\w+|envi\w+|envíen?|contact\w+|molest\w+|texte\w+)"
    r"(?: (?:mas|más|mensajes|textos|nunca|por favor))+",
    r"(?:qu[ií]ten?me|b[oó]rr[ae]n?me|elim[ií]n[ae]n?me) de (?:\w+ )?lista",
    r"(?:d[ae]n?me|darme|quiero darme) de baja",
)
# These only where the sentence begins with them, so that nobody else is meant.
_AS_ORDER = (
    rf"(?:stop|quit|cease|discontinue|halt)(?: (?:all|with|the|these|your))* {_TALK}{_REST}",
    rf"(?:stop|quit|cease|discontinue|halt|cancel|end|no more|enough with) {_FILL}*"
    rf"(?:texts|txts|messages|msgs|sms|spam|alerts|notifications|promos|promotions|ads|text messages){_REST}",
    rf"(?:stop|quit) (?:sending|text|txt|sms|contact|message){_REST}",
    r"(?<!\bi )(?<!\byou )(?<!\bu )(?:dont|do not|never)(?: ever)?"
    r" (?:text|txt|message|msg|contact|call or text|text or call|spam|bother|write|sms)"
    rf"(?: {_US})?{_REST}",
    rf"(?:remove|delete|unlist|drop)(?: {_POLITE})?"
    rf" (?:me|us|my (?:phone )?number|my name|this number|my info){_REST}",
    rf"take (?:me|us|my (?:phone )?number|my name|this number) off{_REST}",
    rf"lose (?:my|this) number{_REST}",
    rf"leave (?:me|us) (?:the \w+ )?alone{_REST}",
    r"no m[aá]s (?:mensajes|textos|sms)",
)
_PHRASE = re.compile(
    rf"(?:(?P<not>\b{_NOT} (?:\w+ ){{0,2}}))?\b(?:{'|'.join(_ANYWHERE)})\b|{_START}(?:{'|'.join(_AS_ORDER)})"
)
# The word with nothing but manners around it.
_ALONE = re.compile(
    rf"(?:(?:{_POLITE}|just|ok|okay|hi|hello|hey|i said|no|can you|could you|would you) )*"
    r"(?:stop|stopall|unsubscribe|optout|opt out)"
    rf"(?: (?:stop|stopall|all|now|this|already|immediately|asap|everything|it all|\d{{4,}}|{_POLITE}))*"
)
_SPANISH = frozenset(map(keywords.normalize, SPANISH))


def reads_like_opt_out(text: str | None) -> bool:
    """Whether a person seems to ask for no more texts in words that are no keyword.

    `text` may be None, empty or of any length. False for STOP and its like, which need no mark.
    """
    words = _simplified(text)
    if not any(hint in words for hint in _HINTS):
        return False
    word = keywords.normalize(text)
    if word and (word in _SPANISH or keywords.meaning_of(word) is not None):
        return word in _SPANISH
    if _ALONE.fullmatch(" ".join(words.replace("|", " ").split())):
        return True
    return any(found["not"] is None for found in _PHRASE.finditer(words))


def _simplified(text: str | None) -> str:
    """Small letters and single blanks; a bar where a sentence ends; "don't" is dont."""
    text = (text or "")[:_LONGEST_TEXT]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:_LONGEST_TEXT]
        text = "".join(character for character in text if unicodedata.category(character) not in {"Cf", "Mn"})
    text = _SEPARATORS.sub(" | ", _APOSTROPHES.sub("", text.casefold()))
    return _OTHERS.sub(" ", text).strip(" |")
