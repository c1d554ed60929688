/* A door dragged on the numbering map: its new place goes into the form that asks where it comes from; nothing is kept until that is sent. */

document.addEventListener("geoaddr:moved", (event) => {
  const form = document.querySelector("#door-moved");
  const { id, lon, lat } = event.detail;
  if (!form || !id) return;
  Object.entries({ address_id: id, lon, lat }).forEach(([name, value]) => { form.elements.namedItem(name).value = String(value); });
  form.querySelector("[data-text=place]").textContent = `${lon}, ${lat}`;
  form.hidden = false;
  form.elements.namedItem("source").focus();
});
