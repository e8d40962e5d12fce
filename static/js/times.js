// Times are the reader's: each <time> is written anew in the zone of the profile or else of the browser, now and when it
// is swapped in; so are the headings of days, and the greeting. A cookie tells the server the browser's zone, so that the
// next page is right before any script runs. The words are those of `drawing/times.py`.
"use strict";
(() => {
  const { zone: chosen, now: told } = document.body.dataset;
  const zone = chosen || Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [HOUR, DAY] = [3_600_000, 86_400_000];
  let formatter;
  try {
    formatter = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", weekday: "long", year: "numeric", month: "long", day: "numeric",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
  } catch { return; } // a zone that this browser does not know: the server's words stand
  // Of a clock that is wrong, no "in 4 min" for what has been.
  const off = Date.parse(told) - Date.now();
  const now = () => new Date(Date.now() + (Math.abs(off) > 5_000 ? off : 0));

  const read = (moment) => {
    const { weekday, day, month, year, hour, minute, second } =
      Object.fromEntries(formatter.formatToParts(moment).map((part) => [part.type, part.value]));
    const date = Date.parse(`${day} ${month} ${year} UTC`);
    return { weekday, day, month, year, hour, date, minutes: `${hour}:${minute}`, seconds: `${hour}:${minute}:${second}` };
  };
  const short = (word) => word.slice(0, 3);

  const span = (seconds) => {
    for (const [size, word] of [[86_400, "days"], [3_600, "h"], [60, "min"]]) {
      if (seconds >= 2 * size) return `${Math.round(seconds / size)} ${word}`;
    }
    return `${seconds} s`;
  };
  const ago = (moment) => {
    const seconds = Math.trunc((now() - moment) / 1000);
    if (seconds < 0) return seconds < -1 ? `in ${span(-seconds)}` : "now";
    if (seconds < 2) return "just now";
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3_600) return `${Math.trunc(seconds / 60)} min ago`;
    const [then, today] = [read(moment), read(now())];
    if (then.date === today.date) return then.minutes;
    if (then.date === today.date - DAY) return `yesterday ${then.minutes}`;
    return `${then.day} ${short(then.month)}${then.year === today.year ? "" : ` ${then.year}`}`;
  };
  const SHAPES = {
    ago,
    row: (moment) => (now() - moment < HOUR ? ago(moment) : read(moment).minutes), // the heading above it says the day
    clock: (moment) => read(moment).seconds,
    hour: (moment) => read(moment).minutes,
    date: (moment) => { const { weekday, day, month, year } = read(moment); return `${short(weekday)} ${day} ${short(month)} ${year}`; },
    moment: (moment) => { const { day, month, year, minutes } = read(moment); return `${day} ${month} ${year}, ${minutes}`; },
    today: (moment) => { const { weekday, day, month } = read(moment); return `${weekday} ${day} ${month}`; },
  };
  const dayWords = (moment) => {
    if (now() - moment < HOUR) return "";
    const [then, today] = [read(moment), read(now())];
    if (then.date >= today.date) return "Earlier today";
    if (then.date === today.date - DAY) return "Yesterday";
    return then.year === today.year ? `${then.weekday} ${then.day} ${then.month}` : `${then.day} ${then.month} ${then.year}`;
  };

  const write = (time) => {
    const moment = new Date(time.dateTime);
    const shape = SHAPES[time.dataset.shape];
    if (!shape || Number.isNaN(moment.getTime())) return;
    const words = shape(moment);
    if (time.textContent !== words) time.textContent = words;
    const { weekday, day, month, year, seconds } = read(moment);
    time.title = `${weekday} ${day} ${month} ${year}, ${seconds}`;
  };

  // Rows stand under their days, which are others in another zone.
  const headDays = (body) => {
    const width = body.closest("table").tHead.rows[0].cells.length;
    let last = body.dataset.days === "all" ? null : ""; // of a list that was narrowed down the last hour has a heading, too
    for (const heading of body.querySelectorAll("tr.day")) heading.remove();
    for (const [place, row] of [...body.rows].entries()) {
      const time = row.querySelector(".cell-time time");
      if (!time) continue;
      const words = dayWords(new Date(time.dateTime));
      if (words !== last && (words || place || last === null)) {
        const heading = document.createElement("tr");
        heading.className = "day";
        const cell = heading.appendChild(document.createElement("th"));
        Object.assign(cell, { colSpan: width, scope: "rowgroup", textContent: words || "In the last hour" });
        row.before(heading);
      }
      last = words;
    }
  };

  const writeAll = (root) => {
    root.querySelectorAll("time[data-shape]").forEach(write);
    root.querySelectorAll("tbody[data-days]").forEach(headDays);
  };

  writeAll(document);
  for (const greeting of document.querySelectorAll("[data-greeting]")) {
    const hour = Number(read(now()).hour);
    greeting.textContent = hour >= 4 && hour < 12 ? "morning" : hour >= 12 && hour < 18 ? "afternoon" : "evening";
  }
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt.querySelectorAll) writeAll(event.detail.elt); });
  setInterval(() => { if (!document.hidden) document.querySelectorAll("time:is([data-shape='ago'], [data-shape='row'])").forEach(write); }, 10_000);

  if (chosen) return;
  const named = document.getElementById("times-zone");
  if (named) named.hidden = true;
  if (!document.cookie.split("; ").includes(`zone=${zone}`)) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
})();
