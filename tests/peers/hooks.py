"""What schemathesis cannot know: who there is, what they come with, and which of its requests no schema can tell apart.

SIGRA_COMES_WITH says what it comes with: an API token, an access token (jwt), or nothing. What was asked and answered is left
in the file SIGRA_ANSWERS, so that somebody can look whether anything was.
"""

import atexit
import json
import os
from collections import Counter
from itertools import count

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

from people import (
    EVERY_SCOPE,
    OTHER_PASSWORD,
    PASSWORD,
    SESSION,
    Person,
    api_token,
    forget_password,
    from_somewhere,
    register,
)

COMES_WITH = os.environ["SIGRA_COMES_WITH"]
NAMES = (f"{COMES_WITH}-{os.getpid()}-{number}@example.com" for number in count())

# The app allows 20 new tokens an hour, and 25 at a time.
MOST_TOKENS = 18


class Caller:
    """Somebody in whose name is asked: with a browser for what takes one, otherwise with a token."""

    def __init__(self):
        self.person = Person(next(NAMES))
        self.cookie = self.person.log_in_with_a_browser()
        self.made = 0
        self.renew()

    def renew(self):
        """Another token for the one that is gone."""
        if COMES_WITH == "jwt":
            self.id, self.bearer = None, self.person.log_in_with_an_app()["access_token"]
            return
        self.made += 1
        made = api_token(self.cookie, EVERY_SCOPE)
        self.id, self.bearer = made["id"], made["token"]


class Callers:
    """One after the other, for each may make so many tokens only. A token is asked about by whoever has made it."""

    def __init__(self):
        self.now = None
        self.owners = {}

    def current(self):
        if self.now is None or self.now.made >= MOST_TOKENS:
            self.now = Caller()
        return self.now

    def of(self, case):
        return self.owners.get((case.path_parameters or {}).get("id"), self.current())

    def answered(self, case, answer):
        if case.operation.label == "POST /api/tokens" and answer.status_code == 201:
            self.now.made += 1
            self.owners[answer.json()["id"]] = self.now
        if answer.request.method == "DELETE" and answer.status_code == 204:
            self.revoked(case.operation.label, self.of(case), case.path_parameters or {})

    def revoked(self, operation, caller, parameters):
        is_all = operation == "DELETE /api/tokens"
        is_own = caller.id is not None and parameters.get("id") == caller.id
        if COMES_WITH != "jwt" and (is_all or is_own):
            caller.renew()


CALLERS = Callers()

if COMES_WITH != "nothing":

    @schemathesis.auth(refresh_interval=None)
    class Credentials:
        def get(self, case, context):
            return CALLERS.of(case)

        def set(self, case, caller, context):
            for needed in case.operation.definition.raw.get("security", []):
                if "session" in needed:
                    case.cookies = {**(case.cookies or {}), SESSION: caller.cookie}
                if "bearer" in needed:
                    case.headers["Authorization"] = f"Bearer {caller.bearer}"


class Genuine:
    """Bodies that nobody can guess, so that also the answers to what is right are seen."""

    def __init__(self):
        self.pairs = []
        self.last = None
        self.codes = [register(next(NAMES)) for _ in range(2)]
        forgetful = [Person(next(NAMES)) for _ in range(2)]
        self.forgotten = [forget_password(person.email) for person in forgetful]
        self.members = [Person(next(NAMES)) for _ in range(3)]
        self.turns = Counter()

    def body(self, operation, body):
        """In the place of every other one that is well formed."""
        self.turns[operation] += 1
        turn = self.turns[operation]
        if turn % 2 == 0:
            return body
        if operation == "POST /api/auth/token":
            member = self.members[turn % len(self.members)]
            return {**body, "email": member.email, "password": PASSWORD}
        if operation == "POST /api/auth/token/refresh":
            # Each is sent twice, for the second is told something else.
            self.last, last = (None, self.last) if self.last else (self.pairs and self.pairs.pop(), None)
            token = last or self.last
            return {"refresh_token": token} if token else body
        if operation == "DELETE /api/auth/token" and self.pairs:
            return {"refresh_token": self.pairs.pop()}
        if operation == "POST /api/auth/confirm" and self.codes:
            return self.codes.pop()
        if operation == "PUT /api/auth/reset-password" and self.forgotten:
            return {"token": self.forgotten.pop(), "new_password": OTHER_PASSWORD}
        return body

    def answered(self, answer):
        if answer.status_code == 200 and "refresh_token" in answer.text:
            pair = answer.json()
            if "refresh_token" in pair:
                self.pairs.append(pair["refresh_token"])


GENUINE = Genuine()


def is_well_formed(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers.update(from_somewhere())
    if is_well_formed(case) and isinstance(case.body, dict):
        case.body = GENUINE.body(case.operation.label, case.body)


ANSWERS = Counter()


@schemathesis.hook
def after_call(context, case, response):
    ANSWERS[f"{response.request.method} {case.operation.path} {response.status_code}"] += 1
    CALLERS.answered(case, response)
    GENUINE.answered(response)


# What a schema cannot say. Each is let through where nothing else is wrong with the request.
BEYOND_A_SCHEMA = {
    # Whether a password is easy to guess is found out by guessing.
    "POST /api/auth/register": {"password"},
    # Only whoever got the letter knows the code, and the token of the link.
    "POST /api/auth/confirm": {"code"},
    "PUT /api/auth/reset-password": {"token"},
}


def beyond_a_schema(case):
    fields = set(BEYOND_A_SCHEMA.get(case.operation.label, ()))
    email = case.body.get("email") if isinstance(case.body, dict) else None
    # An encoded word, which a mail server may decode to another address.
    if isinstance(email, str) and "=?" in email:
        fields.add("email")
    return fields


def is_beyond_a_schema(case, answer):
    if answer.status_code == 422:
        errors = set(answer.json().get("errors", {}))
        return bool(errors) and errors <= beyond_a_schema(case)
    # A cursor is whatever `next` said: clients take it from there, and build none.
    is_list = case.operation.label == "GET /api/tokens"
    return is_list and answer.status_code == 400 and "no cursor of ours" in answer.text


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not (isinstance(failure, RejectedPositiveData) and is_beyond_a_schema(case, response))


@atexit.register
def leave_the_answers():
    with open(os.environ["SIGRA_ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(ANSWERS, file, indent=1, sort_keys=True)
