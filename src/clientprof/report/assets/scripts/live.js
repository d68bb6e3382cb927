// The live view: texts that come ready to be shown, put into their tables.

const state = document.getElementById("state");

function fill(body, rows) {
  body.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement("tr");
      cells.forEach((text, place) => {
        const cell = document.createElement(place ? "td" : "th");
        if (!place) cell.scope = "row";
        if (place >= Number(body.dataset.texts)) cell.className = "number";
        cell.textContent = text;
        row.append(cell);
      });
      return row;
    }),
  );
}

const stream = new EventSource("events");
stream.addEventListener("message", (event) => {
  const look = JSON.parse(event.data);
  document.getElementById("title").textContent = look.title;
  for (const name of ["figures", "sites", "holders"]) fill(document.getElementById(name), look[name]);
  state.textContent = look.holders.length ? "" : "Who holds the loop is not recorded just now.";
});
stream.addEventListener("end", () => {
  state.textContent = "The measurement has ended.";
  stream.close();
});
stream.addEventListener("error", () => {
  if (stream.readyState !== EventSource.CLOSED) state.textContent = "clientprof does not answer; trying again.";
});
