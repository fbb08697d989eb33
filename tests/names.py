"""A small DNS server on this machine, for TXT records that tests set."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


class NameServer:
    """Answers from `records`: a name without a dot at its end, and its TXT values. What is missing does not
    exist; while `is_silent` it answers nothing, with `rcode` it answers that.
    """

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.is_silent = False
        self.rcode: int | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def forget(self) -> None:
        self.records.clear()
        self.asked.clear()
        self.is_silent, self.rcode = False, None

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                packet, caller = self._socket.recvfrom(4096)
            except OSError:
                return
            question = dns.message.from_wire(packet)
            name = question.question[0].name
            text = name.to_text(omit_final_dot=True).lower()
            self.asked.append(text)
            if not self.is_silent:
                self._socket.sendto(self._answer(question, text).to_wire(), caller)

    def _answer(self, question: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if self.rcode is not None:
            answer.set_rcode(self.rcode)  # type: ignore[arg-type]
        elif name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif self.records[name]:
            texts = [f'"{value}"' for value in self.records[name]]
            answer.answer.append(
                dns.rrset.from_text(
                    question.question[0].name, 60, dns.rdataclass.IN, dns.rdatatype.TXT, *texts
                )
            )
        return answer
