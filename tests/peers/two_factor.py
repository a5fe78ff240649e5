"""Two-factor authentication with the codes of pyotp, which reads what the QR code says, and of oathtool, which reads the key.

Each time step is used once: three are accepted at any time, the one before, the current one and the next.
"""

import html
import re
import subprocess
import time

import pyotp

from people import MAILBOX, PASSWORD, SESSION, URL, Person, ask

SETTINGS = "/users/settings/second-factor"
STEP = "/users/second-factor"
EMAIL = "pyotp@example.com"


class Browser:
    """Keeps its cookies."""

    def __init__(self, cookies=None):
        self.cookies = dict(cookies or {})

    def ask(self, method, path, status, **form):
        answer = ask(method, path, status, data=form, cookies=self.cookies)
        self.cookies.update(answer.cookies.get_dict())
        return answer

    def log_in(self):
        """Leads to this page."""
        answer = self.ask("POST", "/users/log-in", 303, email=EMAIL, password=PASSWORD)
        return answer.headers["location"]


def wait_for_the_middle_of_a_step():
    """No code gets too old on its way."""
    while not 2 <= time.time() % 30 <= 20:
        time.sleep(0.2)


def read(page):
    """What the page shows: as an image, as a link and to be typed."""
    link = html.unescape(re.search(r'href="(otpauth:[^"]+)"', page).group(1))
    key = re.search(r'<code class="key">([^<]+)</code>', page).group(1)
    assert "<svg" in page, page
    return pyotp.parse_uri(link), key


def oathtool(key, at):
    """The code at a time, in seconds since 1970."""
    program = ["oathtool", "--totp", "--base32", f"--now=@{at}", key]
    return subprocess.run(program, check=True, capture_output=True, text=True).stdout.strip()


def set_up(browser):
    browser.ask("POST", SETTINGS, 303)
    totp, key = read(browser.ask("GET", SETTINGS, 200).text)
    assert isinstance(totp, pyotp.TOTP)
    assert totp.secret == key.replace(" ", ""), key
    assert len(totp.byte_secret()) == 20, "not 160 bits"
    assert (totp.digits, totp.interval) == (6, 30)
    assert totp.digest().name == "sha1"
    assert (totp.issuer, totp.name) == ("Shop", EMAIL)
    return totp, key


def main():
    browser = Browser({SESSION: Person(EMAIL).log_in_with_a_browser()})
    totp, key = set_up(browser)
    wait_for_the_middle_of_a_step()
    now = int(time.time())
    long_ago, before, current, following = (totp.at(now + 30 * step) for step in (-2, -1, 0, 1))
    assert oathtool(key, now) == current

    browser.ask("POST", f"{SETTINGS}/confirm", 422, code=long_ago)
    page = browser.ask("POST", f"{SETTINGS}/confirm", 200, code=before).text
    assert len(re.findall(r"<code>[0-9A-Z]{5}-[0-9A-Z]{5}</code>", page)) == 10, page
    MAILBOX.letter_to(EMAIL, "asks for a second factor")

    other = Browser()
    assert other.log_in() == STEP
    other.ask("POST", STEP, 422, code=before)
    answer = other.ask("POST", STEP, 303, code=oathtool(key, now))
    assert answer.headers["location"] == "/"
    other.ask("GET", "/users/settings", 200)

    refused = ask("POST", "/api/auth/token", 403, json={"email": EMAIL, "password": PASSWORD}).json()
    assert refused["login_steps"] == ["second_factor"], refused
    step = {"login_token": refused["login_token"]}
    path = "/api/auth/token/second-factor"
    ask("POST", path, 401, json={**step, "code": current})
    pair = ask("POST", path, 200, json={**step, "code": following}).json()
    assert pair["access_token"] and pair["refresh_token"], pair
    print(f"{URL}: 3 codes accepted, 3 refused")


main()
