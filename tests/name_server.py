"""A DNS server of a few lines on loopback, that answers what a table says."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Table = Mapping[str, Mapping[str, str] | str]
"""Name → {record type: data}, or what goes wrong: "servfail", "silent". A name that is missing does not exist."""


@contextmanager
def serve_names(table: Table) -> Iterator[int]:
    """Answer on 127.0.0.1 while the block runs; gives the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def run() -> None:
            while True:
                wire, asker = sock.recvfrom(4096)
                if not wire:
                    return
                if answer := _answer(dns.message.from_wire(wire), table):
                    sock.sendto(answer.to_wire(), asker)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            sock.sendto(b"", sock.getsockname())
            thread.join()


def _answer(query: dns.message.Message, table: Table) -> dns.message.Message | None:
    [question] = query.question
    name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.RA
    entry = table.get(name)
    if entry == "silent":
        return None
    if entry is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif entry == "servfail":
        answer.set_rcode(dns.rcode.SERVFAIL)
    elif alias := entry.get("CNAME"):
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "CNAME", alias + "."))
        answer.answer.append(dns.rrset.from_text(alias + ".", 60, "IN", kind, *table[alias][kind].split()))
    elif kind in entry:
        answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *entry[kind].split()))
    return answer
