// A map with pins. <div class="sh-map" data-map> holds, as JSON in data-pins, a list of {lat, lon, label, url, save}.
//   data-tiles="https://…/{z}/{x}/{y}.png" data-attribution="…"   from the settings; without: pins on plain ground
//   data-pick-lat="id" data-pick-lon="id"   inputs that a click on the map fills, and that move the pin when typed
// The page's policy must name the tiles' origin (web/headers.allow_images_from).
(() => {
  "use strict";
  const WORLD = [20, 0];

  function pinIcon(box) {
    // Leaflet guesses its pictures' folder from a style rule; the policy and our addresses want it said.
    const folder = box.dataset.icons;
    return window.L.icon({
      iconUrl: `${folder}marker-icon.png`,
      iconRetinaUrl: `${folder}marker-icon-2x.png`,
      shadowUrl: `${folder}marker-shadow.png`,
      iconSize: [25, 41],
      iconAnchor: [12, 41],
      popupAnchor: [1, -34],
      shadowSize: [41, 41],
    });
  }

  function label(pin) {
    const words = document.createElement(pin.url ? "a" : "span");
    words.textContent = pin.label;
    if (pin.url) words.href = pin.url;
    return words;
  }

  // A pin with `save`, the address that keeps its place, can be dragged; the page hears of it and may put it back.
  function tellWhenDragged(made, pin) {
    made.on("dragend", () => {
      const where = made.getLatLng().wrap();
      const back = () => made.setLatLng([pin.lat, pin.lon]);
      const detail = { save: pin.save, lat: where.lat, lon: where.lng, back };
      document.dispatchEvent(new CustomEvent("sawhorse:pin", { detail }));
    });
  }

  function draw(box) {
    const pins = JSON.parse(box.dataset.pins || "[]");
    const icon = pinIcon(box);
    const map = window.L.map(box, { scrollWheelZoom: false, attributionControl: Boolean(box.dataset.tiles) });
    if (box.dataset.tiles) {
      window.L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution || "", maxZoom: 19 }).addTo(map);
    }
    const marker = (pin) => {
      const made = window.L.marker([pin.lat, pin.lon], {
        icon, title: pin.label, alt: pin.label, draggable: Boolean(pin.save),
      }).addTo(map);
      if (pin.save) tellWhenDragged(made, pin);
      if (pin.label) made.bindPopup(label(pin));
      return made;
    };
    const made = pins.map(marker);
    if (pins.length > 1) map.fitBounds(pins.map((pin) => [pin.lat, pin.lon]), { padding: [24, 24], maxZoom: 15 });
    else if (pins.length) map.setView([pins[0].lat, pins[0].lon], 14);
    else map.setView(WORLD, 1);
    if (box.dataset.pickLat) pick(box, map, marker, made[0]);
  }

  function pick(box, map, marker, first) {
    const lat = document.getElementById(box.dataset.pickLat);
    const lon = document.getElementById(box.dataset.pickLon);
    let pin = first;
    function move(where) {
      if (pin) pin.setLatLng(where);
      else pin = marker({ lat: where.lat, lon: where.lng, label: "The pin" });
    }
    map.on("click", (event) => {
      const where = event.latlng.wrap();
      lat.value = where.lat.toFixed(6);
      lon.value = where.lng.toFixed(6);
      lat.dispatchEvent(new Event("input", { bubbles: true }));
      move(where);
    });
    const typed = () => {
      if (lat.value === "" || lon.value === "" || !lat.checkValidity() || !lon.checkValidity()) return;
      const where = window.L.latLng(Number(lat.value), Number(lon.value));
      if (Number.isNaN(where.lat) || Number.isNaN(where.lng)) return;
      move(where);
      map.setView(where, Math.max(map.getZoom(), 13));
    };
    lat.addEventListener("change", typed);
    lon.addEventListener("change", typed);
  }

  document.querySelectorAll("[data-map]").forEach(draw);
})();
