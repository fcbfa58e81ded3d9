// A proposal with more comfort: a choice works out the total at once, and a finger draws the signature.
// Without this file the button works out the total, and the typed name is the signature.
(function () {
  "use strict";

  const choices = document.querySelector("form[data-choose]");
  if (choices) {
    document.documentElement.classList.add("scripted");
    choices.addEventListener("change", function () {
      choices.requestSubmit();
      choices.setAttribute("aria-busy", "true");
    });
  }

  const pad = document.querySelector("[data-draw]");
  if (!pad) return;
  pad.hidden = false;
  const canvas = pad.querySelector("canvas");
  const kept = pad.querySelector("input[name=drawing]");
  const pen = canvas.getContext("2d");
  pen.lineWidth = 4;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "#10151a";
  let drawing = false;

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ];
  }

  canvas.addEventListener("pointerdown", function (event) {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", function (event) {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    canvas.addEventListener(name, function () {
      if (!drawing) return;
      drawing = false;
      kept.value = canvas.toDataURL("image/png");
    });
  });
  pad.querySelector("[data-clear]").addEventListener("click", function () {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    kept.value = "";
  });
})();
