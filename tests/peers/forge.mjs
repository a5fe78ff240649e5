// Forges access tokens with jose, and asks the app what it thinks of them. Each has to be refused.
//
// SIGRA_TOKEN is a genuine one, SIGRA_OTHER_TOKEN another. Where SIGRA_SECRET says what signs, claims and headers are
// forged with the right key, so that it is they that are refused; otherwise with whatever the public keys can be turned into.

import assert from "node:assert/strict";
import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign as signWith } from "node:crypto";
import { connect } from "node:net";

import * as jose from "jose";

const { SIGRA_APP: URL_, SIGRA_TOKEN: TOKEN, SIGRA_OTHER_TOKEN: OTHER, SIGRA_SECRET: SECRET } = process.env;
const [HEADER, PAYLOAD, SIGNATURE] = TOKEN.split(".");
const HEAD = jose.decodeProtectedHeader(TOKEN);
const CLAIMS = jose.decodeJwt(TOKEN);
const NOW = Math.floor(Date.now() / 1000);
const FOREIGN = generateKeyPairSync("ed25519");

const encode = (data) => Buffer.from(data).toString("base64url");
const secret = (text) => new TextEncoder().encode(text);
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([known]) => known !== name));

// The status of /api/me. Whoever is told too much stops listening, so what goes wrong with sending is no matter.
function ask(token) {
  const { hostname, port, host } = new URL(URL_);
  return new Promise((found, failed) => {
    let heard = "";
    const connection = connect({ host: hostname, port, autoSelectFamily: true });
    connection.setTimeout(30_000, () => failed(new Error("no answer")));
    connection.on("data", (part) => {
      heard += part.toString("latin1");
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(heard);
      if (status) {
        found(Number(status[1]));
        connection.destroy();
      }
    });
    connection.on("error", () => {});
    connection.on("close", () => failed(new Error(`no status in ${JSON.stringify(heard)}`)));
    const before = `GET /api/me HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\nauthorization: Bearer `;
    connection.write(Buffer.concat([Buffer.from(before), Buffer.from(token, "utf8"), Buffer.from("\r\n\r\n")]));
  });
}

// The genuine one, as somebody would who knows the app by its address only.
async function verify() {
  const keys = SECRET ? secret(SECRET) : jose.createRemoteJWKSet(new URL("/.well-known/jwks.json", URL_));
  const algorithms = [SECRET ? "HS256" : "EdDSA"];
  const requiredClaims = ["exp", "iat", "iss", "aud", "sub", "jti"];
  const asked = { algorithms, issuer: URL_, audience: URL_, typ: "at+jwt", requiredClaims, maxTokenAge: 900 };
  const { payload } = await jose.jwtVerify(TOKEN, keys, asked);
  assert.equal(payload.exp - payload.iat, 900);
  assert.equal(await ask(TOKEN), 200, "the genuine one is refused");
}

// With the right key if there is one, by hand, for no library writes what we want. Both may be text.
function sign(header, claims) {
  const written = [header, claims].map((part) => encode(typeof part === "string" ? part : JSON.stringify(part)));
  const signed = written.join(".");
  const signature = SECRET
    ? createHmac("sha256", SECRET).update(signed).digest()
    : signWith(null, Buffer.from(signed), FOREIGN.privateKey);
  return `${signed}.${encode(signature)}`;
}

const key = () => (SECRET ? secret(SECRET) : FOREIGN.privateKey);

// Signed by the library.
function signed(claims, header = {}, by = key(), options = {}) {
  return new jose.SignJWT(claims).setProtectedHeader({ ...HEAD, ...header }).sign(by, options);
}

async function* withoutASignature() {
  yield ["alg none by the library", new jose.UnsecuredJWT(CLAIMS).encode()];
  for (const alg of ["none", "None", "NONE", "nOnE", "none\0", "", "false"]) {
    for (const end of ["", SIGNATURE]) {
      const head = encode(JSON.stringify({ ...HEAD, alg }));
      yield [`alg ${JSON.stringify(alg)}${end ? " and a signature" : ""}`, `${head}.${PAYLOAD}.${end}`];
    }
  }
  for (const alg of [null, 0, false, [], {}]) {
    yield [`alg ${JSON.stringify(alg)}`, sign({ ...HEAD, alg }, CLAIMS)];
  }
  for (const alg of ["eddsa", "EDDSA", "Ed25519", "Ed448", "hs256", "HS256 ", "HS1", "ES256", "RS256", "ML-DSA-44"]) {
    yield [`alg ${alg}, whatever signs`, sign({ ...HEAD, alg }, CLAIMS)];
  }
}

// What a server might take for a secret if it lets the token choose the algorithm.
async function* withThePublicKeyAsASecret() {
  const { keys } = await (await fetch(new URL("/.well-known/jwks.json", URL_))).json();
  for (const jwk of keys) {
    const publicKey = createPublicKey({ key: jwk, format: "jwk" });
    const pem = await jose.exportSPKI(publicKey);
    const spellings = {
      raw: Buffer.from(jwk.x, "base64url"),
      base64url: jwk.x,
      base64: Buffer.from(jwk.x, "base64url").toString("base64"),
      PEM: pem,
      "PEM and a line end": `${pem.trim()}\n`,
      "PEM without one": pem.trim(),
      DER: publicKey.export({ type: "spki", format: "der" }),
      JWK: JSON.stringify(jwk),
      "JWK as published, cut down": JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }),
      JWKS: JSON.stringify({ keys }),
      thumbprint: await jose.calculateJwkThumbprint(jwk),
      kid: jwk.kid,
    };
    for (const alg of ["HS256", "HS384", "HS512"]) {
      for (const [name, spelling] of Object.entries(spellings)) {
        const mac = await signed(CLAIMS, { alg }, new Uint8Array(Buffer.from(spelling)));
        yield [`${alg} with the public key, ${name}`, mac];
      }
    }
  }
}

async function* withForeignKeys() {
  for (const alg of ["EdDSA", "Ed25519", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]) {
    const { privateKey } = await jose.generateKeyPair(alg);
    yield [`${alg} with a foreign key`, await signed(CLAIMS, { alg }, privateKey)];
  }
  for (const alg of ["HS256", "HS384", "HS512"]) {
    yield [`${alg} with a foreign key`, await signed(CLAIMS, { alg }, randomBytes(64))];
  }
}

// The token says by itself what to check it with.
async function* withKeysNamedElsewhere() {
  const { privateKey, publicKey } = await jose.generateKeyPair("EdDSA", { extractable: true });
  const by = SECRET ? secret(SECRET) : privateKey;
  const jwk = await jose.exportJWK(publicKey);
  const said = {
    jwk: { jwk },
    "jwk and its thumbprint": { jwk, kid: await jose.calculateJwkThumbprint(jwk) },
    jku: { jku: "https://evil.example/jwks.json" },
    "our jku": { jku: `${URL_}/.well-known/jwks.json` },
    x5u: { x5u: "https://evil.example/chain.pem" },
    x5c: { x5c: [Buffer.from(jwk.x, "base64url").toString("base64")] },
    cty: { cty: "JWT" },
    zip: { zip: "DEF" },
  };
  for (const [name, more] of Object.entries(said)) {
    yield [`header ${name}`, await signed(CLAIMS, more, by)];
  }
  for (const value of [1, "http://localhost/x", null]) {
    const crit = { crit: ["urn:example:x"], "urn:example:x": value };
    yield [`crit unheard ${value}`, await signed(CLAIMS, crit, by, { crit: { "urn:example:x": true } })];
  }
  const b64 = { ...HEAD, b64: false, crit: ["b64"] };
  const bytes = Buffer.from(JSON.stringify(CLAIMS).replaceAll(".", "\\u002e"));
  const detached = await new jose.FlattenedSign(bytes).setProtectedHeader(b64).sign(by);
  yield ["b64 false", `${detached.protected}.${PAYLOAD}.${detached.signature}`];
  yield ["b64 false, detached", `${detached.protected}..${detached.signature}`];
  yield ["b64 false, as it is", `${detached.protected}.${bytes}.${detached.signature}`];
  for (const more of [{ crit: [] }, { crit: ["alg"] }, { crit: ["exp"], exp: 0 }, { crit: "b64" }, { b64: true }, { b64: false }]) {
    yield [`header ${JSON.stringify(more)}`, sign({ ...HEAD, ...more }, CLAIMS)];
  }
}

async function* withOtherKeyIds() {
  const ids = [
    "../../../../../../dev/null", "/etc/passwd", "/proc/self/environ", "C:\\windows\\win.ini", "' or '1'='1",
    "1; drop table jwt_keys", "x' union select 'AA==", "https://evil.example/jwks.json", "http://localhost:22/",
    "javascript:1", "${7*7}", "|sleep 5", "\0", "\n", "", " ", "undefined", "__proto__", "constructor", "\u202e",
    "😀", "k".repeat(1400), 0, -1, 1e21, true, [], {}, [HEAD.kid ?? "x"],
  ];
  for (const kid of ids) {
    const name = `kid ${JSON.stringify(kid).slice(0, 40)}`;
    yield [name, typeof kid === "string" ? await signed(CLAIMS, { kid }) : sign({ ...HEAD, kid }, CLAIMS)];
  }
}

async function* ofAnotherType() {
  for (const typ of ["JWT", "jwt", "AT+JWT+x", "at+jwt;v=1", "id+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "", " at+jwt"]) {
    yield [`typ ${JSON.stringify(typ)}`, await signed(CLAIMS, { typ })];
  }
  for (const typ of [null, 1, ["at+jwt"], { typ: "at+jwt" }]) {
    yield [`typ ${JSON.stringify(typ)}`, sign({ ...HEAD, typ }, CLAIMS)];
  }
  yield ["no typ", await new jose.SignJWT(CLAIMS).setProtectedHeader(without(HEAD, "typ")).sign(key())];
}

async function* withOtherClaims() {
  for (const name of ["iss", "aud", "exp", "iat", "sub", "sid", "jti", "client_id", "scope"]) {
    yield [`no ${name}`, await signed(without(CLAIMS, name))];
  }
  const wrong = {
    iss: ["https://evil.example", `${URL_}/`, `${URL_}.evil.example`, "", null, [URL_], {}],
    aud: ["https://evil.example", `${URL_}/`, "*", "", null, [], ["https://evil.example"], {}],
    exp: [NOW - 1, NOW - 60, 0, -1, `${NOW + 900}`, null, [], 2 ** 53 * 2048, Number.MAX_VALUE],
    iat: [NOW + 600, `${NOW}`, null, {}],
    nbf: [NOW + 600, `${NOW}`, {}],
    sub: [null, 1, [], {}],
    sid: ["", "..", "0", "ffffffff-ffff-ffff-ffff-ffffffffffff", null, 1, []],
    scope: [null, 1, ["profile:read"]],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      yield [`${name} ${JSON.stringify(value)}`, sign(HEAD, { ...CLAIMS, [name]: value })];
    }
  }
  const expired = new jose.SignJWT(without(CLAIMS, "exp")).setProtectedHeader(HEAD);
  yield ["expired, by the library", await expired.setExpirationTime("-1 minute").sign(key())];
  const early = new jose.SignJWT(CLAIMS).setProtectedHeader(HEAD);
  yield ["not yet, by the library", await early.setNotBefore("10 minutes").sign(key())];
  for (const claims of ["[]", "null", "1", '"x"', "", "{", "//", '{"exp":1,}', "\ufeff{}"]) {
    yield [`claims ${JSON.stringify(claims)}`, sign(HEAD, claims)];
  }
}

// JSON that serializers do not write.
async function* writtenByHand() {
  const [claims, head] = [JSON.stringify(CLAIMS), JSON.stringify(HEAD)];
  const replaced = (name, value) => claims.replace(`"${name}":${JSON.stringify(CLAIMS[name])}`, `"${name}":${value}`);
  for (const name of ["exp", "iat"]) {
    for (const value of ["1e400", `1${"0".repeat(400)}`, "-1e400", "1E+9999", "NaN", "+1", "01", "1_000", "0x1", "1.", `0.${"9".repeat(400)}`]) {
      yield [`${name} ${value.slice(0, 20)}`, sign(HEAD, replaced(name, value))];
    }
  }
  for (const name of ["exp", "iat", "iss", "aud", "sub", "sid", "scope"]) {
    yield [`${name} twice`, sign(HEAD, `{"${name}":${JSON.stringify(CLAIMS[name])},${claims.slice(1)}`)];
    yield [`${name} twice, once in disguise`, sign(HEAD, `{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}":0,${claims.slice(1)}`)];
  }
  for (const name of Object.keys(HEAD)) {
    yield [`header ${name} twice`, sign(`${head.slice(0, -1)},"${name}":"none"}`, CLAIMS)];
  }
  for (const depth of [200, 650]) {
    const nest = "[".repeat(depth) + "]".repeat(depth);
    yield [`scope ${depth} deep`, sign(HEAD, replaced("scope", nest))];
    yield [`header ${depth} deep`, sign(`{"typ":${nest},${head.slice(1)}`, CLAIMS)];
    yield [`objects ${depth} deep`, sign(HEAD, '{"a":'.repeat(depth / 5))];
  }
}

async function* takenApart() {
  const [, otherPayload, otherSignature] = OTHER.split(".");
  yield ["signature of another", `${HEADER}.${PAYLOAD}.${otherSignature}`];
  yield ["claims of another", `${HEADER}.${otherPayload}.${SIGNATURE}`];
  const pieces = {
    "no signature": `${HEADER}.${PAYLOAD}.`, "two parts": `${HEADER}.${PAYLOAD}`, "one part": HEADER, "dots": "..",
    "four dots": "....", "no header": `.${PAYLOAD}.${SIGNATURE}`, "no claims": `${HEADER}..${SIGNATURE}`,
    "a dot more": `${TOKEN}.`, "a dot before": `.${TOKEN}`, "four parts": `${TOKEN}.x`, "six parts": `${TOKEN}.${TOKEN}`,
    "cut": TOKEN.slice(0, -1), "cut in half": TOKEN.slice(0, TOKEN.length / 2), "longer": `${TOKEN}AAAA`,
    "padded": `${TOKEN}==`, "in percents": encodeURIComponent(TOKEN).replaceAll(".", "%2e"), "in quotes": `'${TOKEN}'`,
    "with a space": `${HEADER}. ${PAYLOAD}.${SIGNATURE}`, "with a tab": `${HEADER}\t.${PAYLOAD}.${SIGNATURE}`,
    "with a scheme": `bearer ${TOKEN}`, "with another": `${TOKEN},${OTHER}`, "a parameter": `token="${TOKEN}"`,
  };
  yield* Object.entries(pieces);
  const bytes = Buffer.from(SIGNATURE, "base64url");
  for (const [name, signature] of Object.entries({
    zeros: Buffer.alloc(bytes.length), "zeros, but one": Buffer.concat([Buffer.of(1), Buffer.alloc(bytes.length - 1)]),
    random: randomBytes(bytes.length), backwards: Buffer.from(bytes).reverse(), short: bytes.subarray(1), long: Buffer.concat([bytes, bytes]),
  })) {
    yield [`signature ${name}`, `${HEADER}.${PAYLOAD}.${encode(signature)}`];
  }
  const jws = new jose.FlattenedSign(secret(JSON.stringify(CLAIMS))).setProtectedHeader(HEAD);
  yield ["as JSON", JSON.stringify(await jws.sign(key()))];
}

async function* encrypted() {
  for (const enc of ["A128GCM", "A256GCM", "A128CBC-HS256"]) {
    const bits = { A128GCM: 16, A256GCM: 32, "A128CBC-HS256": 32 }[enc];
    const jwe = new jose.EncryptJWT(CLAIMS).setProtectedHeader({ alg: "dir", enc, typ: "at+jwt", cty: "JWT" });
    yield [`JWE ${enc}`, await jwe.encrypt(randomBytes(bits))];
  }
  const inside = new jose.CompactEncrypt(secret(TOKEN)).setProtectedHeader({ alg: "dir", enc: "A256GCM", cty: "JWT" });
  yield ["the genuine one in a JWE", await inside.encrypt(randomBytes(32))];
}

// The HTTP server may answer these before we are asked.
async function* notForHttp() {
  yield ["a megabyte", "A".repeat(2 ** 20)];
  yield ["a megabyte of signature", TOKEN + "A".repeat(2 ** 20)];
  yield ["a megabyte of claims", await signed({ ...CLAIMS, x: "x".repeat(2 ** 20) })];
  yield ["four kilobytes of claims", await signed({ ...CLAIMS, x: "x".repeat(2 ** 12) })];
  yield ["a NUL", `${TOKEN}\0`];
  yield ["beyond ASCII", `${TOKEN}é`];
  yield ["a bare line end", `${TOKEN}\nx`];
}

async function main() {
  await verify();
  const forged = [withoutASignature, withForeignKeys, withKeysNamedElsewhere, withOtherKeyIds, ofAnotherType];
  forged.push(withOtherClaims, writtenByHand, takenApart, encrypted);
  if (SECRET) {
    // The right key is the right one: what is refused below is refused for what it says.
    assert.equal(await ask(await signed({ ...CLAIMS, more: 1 })), 200, "nothing forged with this key could be taken");
  } else {
    forged.push(withThePublicKeyAsASecret);
  }
  const [taken, names] = [[], []];
  for (const forge of [...forged, notForHttp]) {
    for await (const [name, token] of forge()) {
      assert.notEqual(token, TOKEN, `${name} is the genuine one`);
      const status = await ask(token);
      names.push(name);
      if (!(status === 401 || (forge === notForHttp && [400, 431].includes(status)))) {
        taken.push(`${name}: ${status}`);
      }
    }
  }
  assert.deepEqual(taken, [], "not refused");
  assert.equal(await ask(TOKEN), 200, "the genuine one is refused afterwards");
  console.log(`${names.length} shapes refused`);
}

await main();
