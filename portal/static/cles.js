// Security keys: asks the browser for a proof, or for a new key, and puts its answer in the form.
"use strict";
(function () {
  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  }
  function text(buffer) {
    const plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function decoded(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials])
      for (const one of list || []) one.id = bytes(one.id);
    return options;
  }
  function encoded(made) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (made.response[name]) response[name] = text(made.response[name]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response: response,
      clientExtensionResults: {} });
  }
  async function asked(address, form) {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.motif);
    return decoded(said);
  }
  function tell(button, words) {
    const place = button.parentElement.querySelector("[data-dit]");
    if (place) place.textContent = words;
  }
  async function press(button) {
    const form = button.form;
    tell(button, "");
    try {
      if (button.dataset.cle === "inscrire") {
        const options = await asked("/compte/cles-securite/nouvelle", form);
        form.elements.inscription.value = encoded(await navigator.credentials.create({ publicKey: options }));
        form.submit();
        return;
      }
      const options = await asked("/compte/cles-securite/defi", form);
      form.elements.preuve_cle.value = encoded(await navigator.credentials.get({ publicKey: options }));
      for (const name of ["preuve_code", "code"])
        if (form.elements[name]) form.elements[name].required = false;
      tell(button, "Clé reconnue : vous pouvez continuer.");
    } catch (fault) {
      tell(button, fault.message || "La clé n'a pas répondu : recommencez.");
    }
  }
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-cle]");
    if (button) { event.preventDefault(); press(button); }
  });
})();
