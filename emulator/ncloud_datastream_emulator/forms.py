"""Bodies of ``multipart/form-data``."""

from __future__ import annotations

import email
import email.policy


def parts(raw: bytes, content_type: str) -> list[tuple[str, str]] | None:
    """Return name and content of each part, a file's bytes as characters; None for no form.

    Args:
        raw: The body.
        content_type: The whole header, which names what stands between the parts.
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
