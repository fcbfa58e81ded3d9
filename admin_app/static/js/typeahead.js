// A select that finds its choices while typing: <select data-typeahead-url="…"> asks `?q=` and gets a JSON list
// of {value, text, detail}. data-typeahead-create lets a new word be added with Enter.
(() => {
  "use strict";

  function option(data, escape) {
    const detail = data.detail ? `<small>${escape(data.detail)}</small>` : "";
    return `<div>${escape(data.text)}${detail}</div>`;
  }

  function dress(select) {
    if (select.tomselect) return;
    const url = select.dataset.typeaheadUrl;
    const several = select.multiple;
    const named = select.labels[0]?.firstChild.textContent.trim() || select.name;
    const control = new window.TomSelect(select, {
      valueField: "value",
      labelField: "text",
      searchField: [],
      preload: "focus",
      maxOptions: 50,
      maxItems: several ? null : 1,
      closeAfterSelect: !several,
      create: "typeaheadCreate" in select.dataset,
      allowEmptyOption: false,
      plugins: several ? { remove_button: { title: "Take off" } } : { clear_button: { title: "Clear" } },
      placeholder: select.getAttribute("placeholder") || "Type to find",
      load(text, found) {
        const glue = url.includes("?") ? "&" : "?";
        fetch(`${url}${glue}q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then((rows) => {
            control.clearOptions((kept) => control.items.includes(String(kept.value)));
            found(rows);
          })
          .catch(() => found());
      },
      shouldLoad: () => true,
      // The server has searched already; its order stands.
      score: () => () => 1,
      render: {
        option,
        item: (data, escape) => `<div>${escape(data.text)}</div>`,
        no_results: () => '<div class="no-results">Nothing found.</div>',
        option_create: (data, escape) => `<div class="create">Add “${escape(data.input)}”</div>`,
      },
    });
    // The label now names the visible input; the hidden select keeps a name of its own.
    const words = select.getAttribute("aria-label") || named;
    control.control_input.setAttribute("aria-label", words);
    select.setAttribute("aria-label", words);
  }

  function dressAll(root) {
    root.querySelectorAll("select[data-typeahead-url]").forEach(dress);
  }
  dressAll(document);
  document.addEventListener("sawhorse:added", (event) => dressAll(event.target));
})();
