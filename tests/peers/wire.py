"""Asking with a token that no client library would send."""

import json
import os
import select
import socket
import urllib.request
from urllib.parse import urlparse

URL = os.environ["SIGRA_APP"]
ADDRESS = urlparse(URL)


def public_keys():
    with urllib.request.urlopen(f"{URL}/.well-known/jwks.json", timeout=30) as answer:
        return json.load(answer)


def ask(token):
    """The status of /api/me."""
    request = f"GET /api/me HTTP/1.1\r\nhost: {ADDRESS.netloc}\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
    with socket.create_connection((ADDRESS.hostname, ADDRESS.port), timeout=30) as connection:
        send(connection, request.encode(errors="surrogateescape"))
        with connection.makefile("rb") as answer:
            line = answer.readline()
    return int(line.split()[1])


def send(connection, request):
    """Until there is an answer: whoever is told too much stops listening, and going on would lose what they have said."""
    for start in range(0, len(request), 2**14):
        if select.select([connection], [], [], 0)[0]:
            return
        connection.sendall(request[start : start + 2**14])
