// Passkeys. Everything else works without this file; where passkeys do not work, the page says what does.

const isAvailable = Boolean(window.PublicKeyCredential && navigator.credentials);

// Bytes as the server writes them. By hand: what password managers put in place of the browser's own objects has no toJSON.
function encode(buffer) {
  const bytes = new Uint8Array(buffer);
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

function decoded(options) {
  const ids = (list) => (list || []).map((one) => ({ ...one, id: decode(one.id) }));
  const read = { ...options, challenge: decode(options.challenge) };
  if (options.user) read.user = { ...options.user, id: decode(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = ids(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = ids(options.allowCredentials);
  return read;
}

function encoded(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: encode(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = encode(response.attestationObject);
    answer.transports = response.getTransports ? response.getTransports() : [];
  } else {
    answer.authenticatorData = encode(response.authenticatorData);
    answer.signature = encode(response.signature);
    answer.userHandle = response.userHandle ? encode(response.userHandle) : null;
  }
  return { id: credential.id, rawId: encode(credential.rawId), type: credential.type, response: answer, clientExtensionResults: {} };
}

// What the server has refused, with the sentence for the page.
class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

async function send(address, body, isAutomatic) {
  const response = await fetch(address, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  // The session has ended, or has to be proved again: the page itself leads there.
  const hasEnded = response.status === 401 || response.status === 403;
  if (hasEnded && !isAutomatic) window.location.reload();
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.detail);
  return answer;
}

// Tells the authenticator what the server knows. The page does not wait for it: some browsers never answer.
function signal(name, details) {
  const tell = isAvailable && window.PublicKeyCredential[name];
  if (tell) Promise.resolve(tell.call(window.PublicKeyCredential, details)).catch((error) => console.warn(error));
}

// A cancel is no error, and neither is having no passkey here.
function isCancel(error) {
  return error?.name === "NotAllowedError" || error?.name === "AbortError";
}

async function canSuggest() {
  const credential = window.PublicKeyCredential;
  const capabilities = await credential.getClientCapabilities?.();
  return capabilities?.conditionalGet ?? credential.isConditionalMediationAvailable?.();
}

class Ceremony {
  constructor(element) {
    this.element = element;
    this.isCreating = element.dataset.passkey === "create";
    this.button = element.querySelector("button");
    this.error = element.querySelector("[role=alert]");
    this.waiting = null;
  }

  start() {
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.click());
    if ("suggests" in this.element.dataset) this.suggest();
  }

  // The button, one click at a time. A conditional request has to be over first.
  async click() {
    const { beginField, finishField } = this.element.dataset;
    const field = document.getElementById(beginField || finishField);
    if (field && !field.reportValidity()) return;
    this.button.disabled = true;
    await this.stopSuggesting();
    const isDone = await this.run({ ...this.about(), ...this.field("beginField") });
    this.button.disabled = false;
    if (!isDone && "suggests" in this.element.dataset) this.suggest();
  }

  about() {
    const { kind } = this.element.dataset;
    return kind ? { kind } : {};
  }

  // What is typed into the field of the page that belongs to this.
  field(which) {
    const field = document.getElementById(this.element.dataset[which]);
    return field ? { [field.name]: field.value } : {};
  }

  // Returns whether the server has accepted what came of it. A suggestion that was not chosen shows no message.
  async run(about, conditional) {
    let isChosen = !conditional;
    if (isChosen) this.show(null);
    try {
      const { challenge_id, publicKey } = await send(this.element.dataset.options, about, Boolean(conditional));
      const options = { publicKey: decoded(publicKey), ...conditional };
      const credential = this.isCreating
        ? await navigator.credentials.create(options)
        : await navigator.credentials.get(options);
      isChosen = true;
      await this.finish(challenge_id, publicKey, credential);
      return true;
    } catch (error) {
      // What looks like a cancel may be bad TLS: the console says which.
      if (!(error instanceof Refused) && !conditional?.signal.aborted) console.warn(error);
      if (isChosen) this.show(error);
      if (conditional && isChosen) this.waiting = null;
      return false;
    }
  }

  async finish(challenge_id, options, credential) {
    const body = { ...this.about(), ...this.field("finishField"), challenge_id, credential: encoded(credential) };
    for (const box of document.querySelectorAll("[name=remember_me], [name=trust_browser]")) {
      body[box.name] = box.checked;
    }
    try {
      const { location } = await send(this.element.dataset.answer, body);
      window.location.assign(location);
    } catch (error) {
      // The authenticator should not offer what the server does not know. A refused registration does not say that: the first of
      // two that are the same may have been accepted.
      const isUnknown = !this.isCreating && error.status === 410;
      const { rpId } = options;
      if (isUnknown) signal("signalUnknownCredential", { rpId, credentialId: credential.id });
      throw error;
    }
  }

  // Passkeys among the suggestions of the email field, for as long as the page is open.
  async suggest() {
    const can = await canSuggest();
    const email = document.querySelector("[autocomplete~=username]");
    if (!can || !email || this.waiting) return;
    email.autocomplete = "username webauthn";
    const controller = new AbortController();
    const done = this.run({}, { mediation: "conditional", signal: controller.signal });
    // A challenge is good for five minutes.
    const renewal = setTimeout(() => this.suggestAgain(), 4 * 60 * 1000);
    this.waiting = { controller, done, renewal };
  }

  async stopSuggesting() {
    if (!this.waiting) return;
    const { controller, done, renewal } = this.waiting;
    clearTimeout(renewal);
    controller.abort();
    await done;
    this.waiting = null;
  }

  async suggestAgain() {
    await this.stopSuggesting();
    if (document.hidden) {
      document.addEventListener("visibilitychange", () => this.suggest(), { once: true });
    } else {
      await this.suggest();
    }
  }

  show(error) {
    const { cancelled, failed, taken } = this.element.dataset;
    this.error.hidden = !error;
    this.error.className = isCancel(error) ? "hint" : "error";
    if (error instanceof Refused) this.error.textContent = error.message;
    else if (isCancel(error)) this.error.textContent = cancelled;
    else this.error.textContent = error?.name === "InvalidStateError" ? taken : failed;
  }
}

for (const element of document.querySelectorAll("[data-passkey]")) {
  if (isAvailable) new Ceremony(element).start();
  const hints = isAvailable ? "[data-with]" : "[data-without]";
  for (const hint of element.querySelectorAll(hints)) hint.hidden = false;
}

for (const offer of document.querySelectorAll("[data-passkey-offer]")) {
  offer.hidden = !isAvailable;
}

for (const { dataset } of document.querySelectorAll("[data-passkey-signals]")) {
  const { rpId, userId, name, deleted } = dataset;
  if (deleted) {
    signal("signalUnknownCredential", { rpId, credentialId: deleted });
    window.history.replaceState(null, "", window.location.pathname);
  }
  if (!userId) continue;
  const allAcceptedCredentialIds = dataset.credentialIds.split(" ");
  signal("signalAllAcceptedCredentials", { rpId, userId, allAcceptedCredentialIds });
  signal("signalCurrentUserDetails", { rpId, userId, name, displayName: name });
}
