// Passkeys: a form marked data-passkey="add" or "use" appears where the browser offers them; sending it asks the
// office for a challenge (data-challenge), the device for its answer, and then sends the answer as any other form.
(() => {
  "use strict";
  const offered = window.PublicKeyCredential?.parseCreationOptionsFromJSON
    && PublicKeyCredential.parseRequestOptionsFromJSON && navigator.credentials;

  const ask = {
    add: (options) => navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
    }),
    use: (options) => navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
    }),
  };

  const REASONS = {
    InvalidStateError: "This device has a passkey of yours already.",
    NotAllowedError: "The device did not confirm. Nothing was changed; try again when you are ready.",
    TypeError: "The office did not answer; try again.",
  };

  function say(form, words) {
    const place = form.querySelector("[data-passkey-said]");
    place.textContent = words;
    place.hidden = !words;
  }

  async function answerOf(form) {
    const asked = await fetch(form.dataset.challenge, {
      method: "POST", body: new FormData(form), headers: { Accept: "application/json" },
    });
    const said = await asked.json();
    if (!asked.ok) throw new Error(said.error);
    return ask[form.dataset.passkey](said);
  }

  async function send(event) {
    const form = event.currentTarget;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    say(form, "");
    button.disabled = true;
    try {
      const credential = await answerOf(form);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      if (form.elements.your_password) form.elements.your_password.value = "";
      form.submit();
    } catch (trouble) {
      say(form, REASONS[trouble.name] || trouble.message);
      button.disabled = false;
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!offered) continue;
    form.hidden = false;
    form.addEventListener("submit", send);
    for (const instead of document.querySelectorAll("[data-without-passkeys]")) instead.hidden = true;
  }
})();
