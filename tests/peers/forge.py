"""Forges access tokens with PyJWT, and asks the app what it thinks of them. Each has to be refused.

SIGRA_TOKEN is a genuine one, SIGRA_OTHER_TOKEN another. Where SIGRA_SECRET says what signs, claims and headers are
forged with the right key, so that it is they that are refused; otherwise with whatever the public keys can be turned into.
"""

import base64
import hashlib
import hmac
import json
import os
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from wire import URL, ask, public_keys

TOKEN = os.environ["SIGRA_TOKEN"]
OTHER = os.environ["SIGRA_OTHER_TOKEN"]
SECRET = os.environ.get("SIGRA_SECRET")
HEADER, PAYLOAD, SIGNATURE = TOKEN.split(".")

# The order of the curve's base point: a signature's second half plus this is the same signature to a careless eye.
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


HEAD = json.loads(decode(HEADER))
CLAIMS = json.loads(decode(PAYLOAD))
FOREIGN = ed25519.Ed25519PrivateKey.generate()


def verify():
    """The genuine one, as somebody would who knows the app by its address only."""
    if SECRET:
        key, algorithm = SECRET, "HS256"
    else:
        keys = jwt.PyJWKSet.from_dict(public_keys())
        key, algorithm = keys[HEAD["kid"]].key, "EdDSA"
    needed = ["exp", "iat", "iss", "aud", "sub", "jti"]
    claims = jwt.decode(
        TOKEN, key, algorithms=[algorithm], issuer=URL, audience=URL, options={"require": needed}
    )
    assert jwt.get_unverified_header(TOKEN)["typ"] == "at+jwt"
    assert claims["sub"] and claims["exp"] - claims["iat"] == 900, claims
    assert ask(TOKEN) == 200, "the genuine one is refused"


def sign(header, claims):
    """With the right key if there is one, by hand, for no library writes what we want. Both may be text."""
    written = [json.dumps(part) if isinstance(part, dict) else part for part in (header, claims)]
    signed = ".".join(encode(part.encode()) for part in written)
    if SECRET:
        signature = hmac.digest(SECRET.encode(), signed.encode(), "sha256")
    else:
        signature = FOREIGN.sign(signed.encode())
    return f"{signed}.{encode(signature)}"


def with_library(key, algorithm, header=None, claims=None):
    headers = {"typ": "at+jwt", **({"kid": HEAD["kid"]} if "kid" in HEAD else {}), **(header or {})}
    return jwt.encode(claims or CLAIMS, key, algorithm=algorithm, headers=headers)


def without_a_signature():
    for name in ["none", "None", "NONE", "nOnE", "none ", " none", "", "null", "HS0"]:
        for end in ["", SIGNATURE]:
            head = encode(json.dumps({**HEAD, "alg": name}).encode())
            yield f"alg {name!r}{' and a signature' if end else ''}", f"{head}.{PAYLOAD}.{end}"
    yield "alg none by the library", jwt.encode(CLAIMS, None, algorithm="none", headers={"typ": "at+jwt"})
    for value in [None, 0, True, [], ["EdDSA"], {"alg": "EdDSA"}]:
        yield f"alg {value!r}", sign({**HEAD, "alg": value}, CLAIMS)
    yield "no alg", sign({name: HEAD[name] for name in HEAD if name != "alg"}, CLAIMS)


def spellings_of_the_public_key():
    """What a server might take for a secret if it lets the token choose the algorithm."""
    for jwk in public_keys()["keys"]:
        raw = decode(jwk["x"])
        key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        pem = key.public_bytes(serialization.Encoding.PEM, spki)
        yield "raw", raw
        yield "base64url", jwk["x"].encode()
        yield "base64", base64.b64encode(raw)
        yield "hex", raw.hex().encode()
        yield "PEM", pem
        yield "PEM without a line end", pem.rstrip()
        yield "DER", key.public_bytes(serialization.Encoding.DER, spki)
        yield "JWK", json.dumps(jwk).encode()
        yield "JWK without spaces", json.dumps(jwk, separators=(",", ":")).encode()
    yield "JWKS", json.dumps(public_keys()).encode()
    yield "nothing", b""


def with_the_public_key_as_a_secret():
    for bits in [256, 384, 512]:
        head = encode(json.dumps({**HEAD, "alg": f"HS{bits}"}).encode())
        for name, key in spellings_of_the_public_key():
            signed = f"{head}.{PAYLOAD}"
            mac = hmac.digest(key, signed.encode(), f"sha{bits}")
            yield f"HS{bits} with the public key, {name}", f"{signed}.{encode(mac)}"
    for jwk in public_keys()["keys"]:
        yield "HS256 by the library", with_library(decode(jwk["x"]), "HS256")


def with_foreign_keys():
    long = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    keys = {
        "EdDSA": [FOREIGN, ed448.Ed448PrivateKey.generate()],
        "ES256": [ec.generate_private_key(ec.SECP256R1())],
        "ES384": [ec.generate_private_key(ec.SECP384R1())],
        "ES512": [ec.generate_private_key(ec.SECP521R1())],
        "ES256K": [ec.generate_private_key(ec.SECP256K1())],
        **{algorithm: [long] for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]},
        **{algorithm: ["x" * 64] for algorithm in ["HS256", "HS384", "HS512"]},
    }
    for algorithm, those in keys.items():
        for key in those:
            yield f"{algorithm} with a foreign key", with_library(key, algorithm)


def with_keys_named_elsewhere():
    """The token says by itself what to check it with."""
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(FOREIGN.public_key()))
    public = FOREIGN.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    evil = "https://evil.example/jwks.json"
    said = [
        {"jwk": jwk},
        {"jwk": jwk, "kid": "0"},
        {"jku": evil},
        {"jku": f"{URL}/.well-known/jwks.json"},
        {"jku": f"{URL}@evil.example/jwks.json"},
        {"x5u": "https://evil.example/chain.pem"},
        {"x5c": [base64.b64encode(public).decode()]},
        {"x5t": encode(hashlib.sha1(public).digest())},
        {"x5t#S256": encode(hashlib.sha256(public).digest())},
        {"crit": ["exp"], "exp": CLAIMS["exp"]},
        {"crit": ["unheard"], "unheard": 1},
        {"crit": []},
        {"crit": None},
        {"b64": False},
        {"b64": False, "crit": ["b64"]},
        {"b64": True, "crit": ["b64"]},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A256GCM"},
        {"epk": jwk},
        {"iss": URL},
    ]
    for more in said:
        yield f"header {' '.join(more)}", sign({**HEAD, **more}, CLAIMS)
    for more in [{"jwk": jwk}, {"jku": evil}, {"x5u": evil}]:
        key, algorithm = (SECRET, "HS256") if SECRET else (FOREIGN, "EdDSA")
        yield f"header {' '.join(more)} by the library", with_library(key, algorithm, more)


def with_other_key_ids():
    ids = [
        "../../../../../../dev/null",
        "/dev/null",
        "/etc/passwd",
        "..\\..\\windows\\win.ini",
        "file:///proc/self/environ",
        "' or '1'='1",
        "x' union select 'AA",
        '"; drop table jwt_keys; --',
        "https://evil.example/jwks.json",
        "http://169.254.169.254/latest/meta-data",
        "$(sleep 5)",
        "`id`",
        "%00",
        "\0",
        "{{7*7}}",
        "*",
        "%",
        "",
        " ",
        "0",
        "-1",
        "null",
        "é",
        "k" * 1500,
        HEAD.get("kid", "") + " ",
        HEAD.get("kid", "").upper() + "X",
        HEAD.get("kid", "")[:-1] + "\0",
        0,
        1.5,
        True,
        [HEAD.get("kid")],
        {"kid": HEAD.get("kid")},
    ]
    for value in ids:
        yield f"kid {str(value)[:40]!r}", sign({**HEAD, "kid": value}, CLAIMS)
    empty = {"typ": "at+jwt", "alg": "HS256", "kid": "/dev/null"}
    signed = ".".join(encode(json.dumps(part).encode()) for part in (empty, CLAIMS))
    yield "kid /dev/null and no secret", f"{signed}.{encode(hmac.digest(b'', signed.encode(), 'sha256'))}"
    if not SECRET:
        no_id = {name: HEAD[name] for name in HEAD if name != "kid"}
        yield "no kid", sign(no_id, CLAIMS)
        yield "kid null", sign({**HEAD, "kid": None}, CLAIMS)


def of_another_type():
    for value in ["JWT", "jwt", "", "at+jwt ", "id+jwt", "logout+jwt", "dpop+jwt", "rt+jwt", None, 0, [], ["at+jwt"]]:
        yield f"typ {value!r}", sign({**HEAD, "typ": value}, CLAIMS)
    yield "no typ", sign({name: HEAD[name] for name in HEAD if name != "typ"}, CLAIMS)
    key, algorithm = (SECRET, "HS256") if SECRET else (FOREIGN, "EdDSA")
    yield "typ JWT by the library", with_library(key, algorithm, {"typ": "JWT"})


def with_other_claims():
    now = int(time.time())
    yield from without_claims()
    for name, values in {
        "iss": ["https://evil.example", URL + "/", URL.replace("http", "https"), URL.upper(), "", None, 0, [URL]],
        "aud": ["https://evil.example", URL + "/", "", None, 0, ["https://evil.example"], [], {}],
        "exp": [now - 1, now - 3600, 0, -1, str(now + 900), None, True, [now + 900], 253402300800, 2**63 - 1, 2**63, 2**64],
        "iat": [now + 3600, str(now), None, [], 2**63],
        "nbf": [now + 3600, str(now), [], 2**63 - 1],
        "sub": [None, 0, [], {}],
        "sid": ["", "x", "0", "00000000-0000-0000-0000-000000000000", "' or '1'='1", None, 0, [CLAIMS["sid"]]],
        "jti": [None, 0, []],
        "scope": [None, 0, ["profile:read"], {}],
    }.items():
        for value in values:
            yield f"{name} {value!r}", sign(HEAD, {**CLAIMS, name: value})
    yield from written_by_hand()
    expired = {**CLAIMS, "exp": now - 60}
    key, algorithm = (SECRET, "HS256") if SECRET else (FOREIGN, "EdDSA")
    yield "expired, by the library", with_library(key, algorithm, claims=expired)


def without_claims():
    for name in ["iss", "aud", "exp", "iat", "sub", "sid", "jti", "client_id", "scope"]:
        yield f"no {name}", sign(HEAD, {known: CLAIMS[known] for known in CLAIMS if known != name})
    for claims in ["{}", "[]", "null", "0", '"x"', "", " ", "{", "\x00", "{'exp': 1}"]:
        yield f"claims {claims!r}", sign(HEAD, claims)


def written_by_hand():
    """JSON that serializers do not write."""
    claims, head = json.dumps(CLAIMS), json.dumps(HEAD)

    def replaced(name, value):
        return claims.replace(f'"{name}": {json.dumps(CLAIMS[name])}', f'"{name}": {value}')

    for name in ["exp", "iat"]:
        for value in ["1e400", "1" + "0" * 400, "-1e400", "1e-400", "NaN", "Infinity", "0x7fffffff", "1e99999999999", "9" * 600]:
            yield f"{name} {value[:20]}", sign(HEAD, replaced(name, value))
    for name in ["exp", "iss", "aud", "sub", "sid", "scope"]:
        twice = f'{{"{name}": {json.dumps(CLAIMS[name])}, {claims[1:]}'
        yield f"{name} twice", sign(HEAD, twice)
    for name in HEAD:
        yield f"header {name} twice", sign(f'{{"{name}": "none", {head[1:]}', CLAIMS)
    yield "header alg none after it", sign(head[:-1] + ', "alg": "none"}', CLAIMS)
    for depth in [130, 600]:
        nest = "[" * depth + "]" * depth
        yield f"scope {depth} deep", sign(HEAD, replaced("scope", nest))
        yield f"header {depth} deep", sign(f'{head[:-1]}, "x": {nest}}}', CLAIMS)
        yield f"header open {depth} deep", sign("[" * depth, CLAIMS)
    yield "claims and more", sign(HEAD, claims + "{}")
    yield "header with a BOM", sign("\ufeff" + head, CLAIMS)
    yield "header of a NUL", sign("\0", CLAIMS)


def taken_apart():
    other_header, other_payload, other_signature = OTHER.split(".")
    signature = decode(SIGNATURE)
    yield "signature of another", f"{HEADER}.{PAYLOAD}.{other_signature}"
    yield "claims of another", f"{HEADER}.{other_payload}.{SIGNATURE}"
    yield "no signature", f"{HEADER}.{PAYLOAD}."
    yield "two parts", f"{HEADER}.{PAYLOAD}"
    yield "one part", HEADER
    yield "only claims", PAYLOAD
    yield "a dot", "."
    yield "two dots", ".."
    yield "three dots", "..."
    yield "no header", f".{PAYLOAD}.{SIGNATURE}"
    yield "no claims", f"{HEADER}..{SIGNATURE}"
    yield "turned around", f"{SIGNATURE}.{PAYLOAD}.{HEADER}"
    yield "a dot more", f"{TOKEN}."
    yield "a dot before", f".{TOKEN}"
    yield "four parts", f"{TOKEN}.{SIGNATURE}"
    yield "twice", f"{TOKEN}.{TOKEN}"
    jwe = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}
    yield "five parts", ".".join([encode(json.dumps(jwe).encode()), "", encode(b"n" * 12), PAYLOAD, encode(b"t" * 16)])
    yield "five parts with our header", f"{HEADER}..{encode(b'n' * 12)}.{PAYLOAD}.{SIGNATURE}"
    for size in [1, 2, len(SIGNATURE) // 2, len(SIGNATURE) - 1]:
        yield f"{size} less", TOKEN[:-size]
    yield "one more", TOKEN + "A"
    for name, bytes_ in {
        "zeros": bytes(len(signature)),
        "ones": b"\xff" * len(signature),
        "half": signature[: len(signature) // 2],
        "twice": signature * 2,
        "backwards": signature[::-1],
        "first bit turned": bytes([signature[0] ^ 128]) + signature[1:],
        "last bit turned": signature[:-1] + bytes([signature[-1] ^ 1]),
    }.items():
        yield f"signature {name}", f"{HEADER}.{PAYLOAD}.{encode(bytes_)}"
    if not SECRET:
        second = int.from_bytes(signature[32:], "little") + ED25519_ORDER
        yield "signature plus the order", f"{HEADER}.{PAYLOAD}.{encode(signature[:32] + second.to_bytes(32, 'little'))}"
        neutral = bytes([1]) + bytes(31)
        yield "signature of the neutral point", f"{HEADER}.{PAYLOAD}.{encode(neutral + bytes(32))}"


def written_otherwise():
    """The same bytes to a forgiving reader."""
    last = ALPHABET.index(SIGNATURE[-1])
    yield "spare bits", TOKEN[:-1] + ALPHABET[last ^ 1]
    yield "padded signature", TOKEN + "=" * (-len(SIGNATURE) % 4 or 1)
    yield "padded header", f"{HEADER}=.{PAYLOAD}.{SIGNATURE}"
    yield "padded claims", f"{HEADER}.{PAYLOAD}==.{SIGNATURE}"
    for name, between in {"space": " ", "tab": "\t", "comma": ",", "two spaces": "  "}.items():
        yield f"{name} before the claims", f"{HEADER}.{between}{PAYLOAD}.{SIGNATURE}"
        yield f"{name} in the signature", f"{TOKEN[:-5]}{between}{TOKEN[-5:]}"
    yield "dots as %2E", TOKEN.replace(".", "%2E")
    yield "a line end as %0A", TOKEN + "%0A"
    yield "in quotes", f'"{TOKEN}"'
    yield "in angles", f"<{TOKEN}>"
    yield "in capitals", TOKEN.upper()
    yield "in hex", TOKEN.encode().hex()
    yield "in base64", encode(TOKEN.encode())
    yield "with another", f"{TOKEN}, {OTHER}"
    yield "twice Bearer", f"Bearer {TOKEN}"
    yield "as JSON", json.dumps({"protected": HEADER, "payload": PAYLOAD, "signature": SIGNATURE})
    yield "token68 of nothing", "===="
    yield "plain header", f"{decode(HEADER).decode()}.{PAYLOAD}.{SIGNATURE}"


def not_for_http():
    """The HTTP server may answer these before we are asked."""
    yield "a megabyte", "A" * 2**20
    yield "a megabyte of signature", TOKEN + "A" * 2**20
    yield "a megabyte of header", f"{HEADER}{'A' * 2**20}.{PAYLOAD}.{SIGNATURE}"
    yield "a megabyte of dots", "." * 2**20
    yield "a hundred kilobytes of claims", f"{HEADER}.{PAYLOAD}{'A' * 100_000}.{SIGNATURE}"
    yield "three kilobytes", sign(HEAD, {**CLAIMS, "x": "x" * 3000})
    yield "a NUL", TOKEN + "\0"
    yield "an escape", TOKEN + "\x1b"
    yield "beyond ASCII", TOKEN + "é"
    yield "beyond UTF-8", TOKEN + "\udcff"


FORGED = [
    without_a_signature,
    with_foreign_keys,
    with_keys_named_elsewhere,
    with_other_key_ids,
    of_another_type,
    with_other_claims,
    taken_apart,
    written_otherwise,
]


def main():
    verify()
    if SECRET:
        # The right key is the right one: what is refused below is refused for what it says.
        assert ask(sign(HEAD, CLAIMS)) == 200, "nothing forged with this key could be taken"
    else:
        FORGED.append(with_the_public_key_as_a_secret)
    shapes = [(name, token, {401}) for forge in FORGED for name, token in forge()]
    shapes += [(name, token, {400, 401, 431}) for name, token in not_for_http()]
    taken = []
    for name, token, refused in shapes:
        assert token != TOKEN, f"{name} is the genuine one"
        status = ask(token)
        if status not in refused:
            taken.append(f"{name}: {status}")
    assert not taken, "not refused:\n" + "\n".join(taken)
    assert ask(TOKEN) == 200, "the genuine one is refused afterwards"
    print(f"{len(shapes)} shapes refused")


main()
