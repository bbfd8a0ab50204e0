"""Parsing of ``multipart/form-data`` bodies."""

from __future__ import annotations

import email
import email.policy


def parts(raw: bytes, content_type: str) -> list[tuple[str, str]] | None:
    """Return the name and content of each part; None if the body is not multipart.

    The bytes of a file are returned as Latin-1 characters.

    Args:
        raw: The body.
        content_type: The complete header, including the boundary.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    if not message.is_multipart():
        return None
    found = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            is_file = part.get_filename() is not None
            found.append((name, content.decode("latin-1" if is_file else "utf-8", "replace")))
    return found
