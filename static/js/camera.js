// The camera of the scan page: it reads one barcode after the other, and each becomes a scan of the queue. Two equal reads
// with a good check digit are one scan; the same number counts again once the frame was empty for a second.
"use strict";
(() => {
  const place = document.getElementById("camera");
  if (!place) return;
  const { ponyfill, wasm } = place.dataset;
  const LOOK = 120; // milliseconds between two looks
  const EMPTY = 1_000; // without a barcode, until the same one counts again
  const SAID = 700;
  const eye = place.querySelector(".eye");
  const off = place.querySelector(".eye-off");
  const video = place.querySelector("video");
  const says = place.querySelector(".eye-says");
  const hint = says.textContent;
  const light = document.getElementById("camera-light");
  const start = document.getElementById("camera-start");
  const sound = document.getElementById("scan-sound");

  let stream = null;
  let detector = null;
  let turn = 0; // of what was started last: a stop in between ends it
  let seen = ""; // by the look before
  let last = ""; // what was sent last,
  let lastSeen = 0; // and when it was in the frame
  let timer = 0;

  const WORDS = {
    starting: ["Starting the camera", "Your browser asks whether this page may use it. Choose “Allow”."],
    blocked: ["The camera is blocked for this page", "Allow it in the browser: the sign left of the address, “Camera”, “Allow”. Then start it again."],
    none: ["No camera found", "Connect one and start it again, or use a scanner or the keyboard."],
    busy: ["Another program is using the camera", "Close it there, then start it here again."],
    insecure: ["The camera needs a secure address", "Open this desk by https://, or on the computer it runs on. Photos work here too."],
    paused: ["The camera is off", "It stops when this page is not in front. Start it again."],
    broken: ["The camera can’t read here", "This browser can’t run the reader. Take a photo instead, or use a scanner."],
  };
  const tell = (why) => {
    place.hidden = false;
    eye.hidden = true;
    off.hidden = false;
    const [head, words] = WORDS[why];
    off.querySelector("h2").textContent = head;
    off.querySelector("p").textContent = words;
    off.querySelector("[data-start]").hidden = ["starting", "insecure", "broken"].includes(why);
    off.querySelector("[data-photo]").hidden = ["starting", "none", "busy", "paused"].includes(why);
  };
  const reason = (fault) => ({
    NotAllowedError: "blocked", SecurityError: "blocked", NotFoundError: "none", OverconstrainedError: "none",
    NotReadableError: "busy", AbortError: "busy",
  })[fault.name] || "broken";

  // The reader, loaded with the first start

  let loading = null;
  const load = () => {
    loading ||= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = ponyfill;
      script.onload = () => {
        const { BarcodeDetector, prepareZXingModule } = window.BarcodeDetectionAPI;
        prepareZXingModule({ overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? wasm : prefix + path) } });
        resolve(new BarcodeDetector({ formats: ["ean_13"] }));
      };
      script.onerror = () => { loading = null; reject(new Error("not loaded")); };
      document.head.append(script);
    });
    return loading;
  };

  // Looks

  const isBook = (code) => {
    if (!/^97[89]\d{10}$/.test(code) || code.startsWith("9790")) return false;
    const sum = [...code].reduce((total, digit, index) => total + digit * (index % 2 ? 3 : 1), 0);
    return sum % 10 === 0;
  };
  const read = (code) => {
    document.dispatchEvent(new CustomEvent("desk:scan", { detail: { text: code, way: "camera" } }));
    eye.classList.add("eye-read");
    says.textContent = "✓ Read. Next book.";
    navigator.vibrate?.(30);
    setTimeout(() => { eye.classList.remove("eye-read"); says.textContent = hint; }, SAID);
  };
  const look = async (mine) => {
    if (mine !== turn) return;
    let code = "";
    try {
      const codes = video.readyState > 1 ? await detector.detect(video) : [];
      code = codes.map((each) => each.rawValue).find(isBook) || "";
    } catch {
      if (mine === turn) { stop(); tell("broken"); }
      return;
    }
    if (mine !== turn) return;
    const now = performance.now();
    if (code && code === last) lastSeen = now;
    if (last && now - lastSeen > EMPTY) last = "";
    if (code && code === seen && code !== last) {
      [last, lastSeen] = [code, now];
      read(code);
    }
    seen = code;
    timer = setTimeout(look, LOOK, mine);
  };

  // On and off

  const track = () => stream?.getVideoTracks()[0];
  const stop = () => {
    turn += 1;
    clearTimeout(timer);
    stream?.getTracks().forEach((each) => each.stop());
    stream = null;
    video.srcObject = null;
    [seen, last] = ["", ""];
    document.body.classList.remove("has-camera");
    start.before(sound);
    place.hidden = true;
    start.hidden = false;
  };
  const go = async () => {
    stop();
    const mine = turn;
    start.hidden = true;
    if (!navigator.mediaDevices?.getUserMedia) { tell("insecure"); return; }
    tell("starting");
    place.scrollIntoView({ block: "nearest" });
    try {
      const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };
      const got = await navigator.mediaDevices.getUserMedia({ audio: false, video: wanted });
      if (mine !== turn) { got.getTracks().forEach((each) => each.stop()); return; }
      stream = got;
      detector = await load();
    } catch (fault) {
      if (mine !== turn) return;
      stop();
      tell(reason(fault));
      return;
    }
    if (mine !== turn) return;
    video.srcObject = stream;
    track().addEventListener("ended", () => { if (mine === turn) { stop(); tell("busy"); } });
    light.hidden = !track().getCapabilities?.().torch;
    light.setAttribute("aria-pressed", "false");
    off.hidden = true;
    eye.hidden = false;
    light.after(sound); // to the other buttons, at the thumb of a phone
    document.body.classList.add("has-camera");
    video.play().catch(() => {});
    look(mine);
  };

  light.addEventListener("click", async () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    try {
      await track().applyConstraints({ advanced: [{ torch: on }] });
      light.setAttribute("aria-pressed", String(on));
    } catch { light.hidden = true; }
  });
  start.addEventListener("click", go);
  for (const button of place.querySelectorAll("[data-start]")) button.addEventListener("click", go);
  document.getElementById("camera-stop").addEventListener("click", () => {
    stop();
    start.focus();
  });
  document.getElementById("camera-type").addEventListener("click", () => {
    stop();
    document.querySelector("[data-scan-box] .scan-field").focus();
  });
  document.getElementById("camera-undo").addEventListener("click", () => document.querySelector("#scan-plate [data-key='u']")?.click());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && stream) { stop(); tell("paused"); }
  });
  addEventListener("pagehide", stop);
  start.hidden = false;
})();
