"""People with accounts in the app that runs, and what they come with."""

import os
import re
import secrets
import time

import requests

URL = os.environ["SIGRA_APP"]
PASSWORD = "seven quiet owls count rain"
OTHER_PASSWORD = "four brass kettles hum at dusk"
EVERY_SCOPE = ["profile:read", "sessions:read", "api_tokens:read", "api_tokens:write"]
SESSION = "shop_session"


def from_somewhere():
    """Limits count addresses. What asks as often as a test does comes from many, and Hypothesis seeds `random` over and over."""
    address = ".".join(str(secrets.randbelow(120) + 1) for _ in range(4))
    return {"x-forwarded-for": address}


def ask(method, path, status, **what):
    """An answer, which has to have this status."""
    headers = {"origin": URL, **from_somewhere()}
    answer = requests.request(
        method, URL + path, headers=headers, allow_redirects=False, timeout=30, **what
    )
    if answer.status_code != status:
        raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer


class Mailbox:
    """The letters in /dev/mailbox."""

    def __init__(self):
        self.read = []

    def letter_to(self, address, words):
        """The first one to that address with these words, once it is there."""
        for _ in range(200):
            self.read_on()
            for page in self.read:
                if f"To {address}" in page and re.search(words, page):
                    return page
            time.sleep(0.05)
        raise AssertionError(f"no letter to {address} says {words}")

    def read_on(self):
        while True:
            page = requests.get(
                f"{URL}/dev/mailbox/{len(self.read)}", headers={"accept": "text/html"}, timeout=30
            )
            if page.status_code != 200:
                return
            self.read.append(page.text)


MAILBOX = Mailbox()


def register(email):
    """What shows the app that the code comes back to where it was asked for, and the code."""
    body = {"email": email, "password": PASSWORD}
    token = ask("POST", "/api/auth/register", 202, json=body).json()["confirmation_token"]
    code = r"(?m)^\s*([0-9A-Z]{4}-[0-9A-Z]{4})\s*$"
    return {
        "confirmation_token": token,
        "code": re.search(code, MAILBOX.letter_to(email, code)).group(1),
    }


def forget_password(email):
    """The token for a new one."""
    ask("POST", "/api/auth/reset-password", 202, json={"email": email})
    link = r"/users/reset-password/([\w-]{43})"
    return re.search(link, MAILBOX.letter_to(email, link)).group(1)


class Person:
    """Somebody who has an account."""

    def __init__(self, email):
        self.email = email
        ask("POST", "/api/auth/confirm", 204, json=register(email))

    def log_in_with_a_browser(self):
        """The cookie of the session."""
        form = {"email": self.email, "password": PASSWORD}
        return ask("POST", "/users/log-in", 303, data=form).cookies[SESSION]

    def log_in_with_an_app(self):
        """A pair of tokens."""
        body = {"email": self.email, "password": PASSWORD}
        return ask("POST", "/api/auth/token", 200, json=body).json()


def api_token(cookie, scopes):
    """Made by whoever is logged in with this cookie."""
    body = {"name": "Peer", "scopes": scopes}
    return ask("POST", "/api/tokens", 201, json=body, cookies={SESSION: cookie}).json()
