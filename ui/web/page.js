// Runs once the page stands. What a reader does becomes an action of the server, which answers with HTML for the regions;
// here is only what a browser alone can know: focus, scrolling, keys, files that are dropped, the theme.
() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const body = document.body;
  const stored = (store, name, value) => {
    try {
      if (value === undefined) return store.getItem(`yinju-${name}`) ?? "";
      store.setItem(`yinju-${name}`, value);
    } catch { /* a browser that keeps nothing */ }
    return value ?? "";
  };
  // What the page knows goes along each time: it may outlive the process that it was opened from.
  const page = () => ({ language: language(), conversation: stored(sessionStorage, "conversation"), view: body.dataset.view });
  const send = (name, data) => window.yinju.send(name, { ...data, page: page() });
  const act = (what, data = {}) => send("act", { ...data, do: what });
  const box = () => one("#yj-question");
  let editing = 0;
  let pressed = null;
  const warmed = new Set();

  // --- Theme and language ---
  const night = matchMedia("(prefers-color-scheme: dark)");
  const dress = () => {
    const theme = stored(localStorage, "theme") || "auto";
    body.classList.toggle("dark", theme === "dark" || (theme === "auto" && night.matches));
    for (const button of document.querySelectorAll("[data-do=theme]"))
      button.setAttribute("aria-pressed", String(button.dataset.value === theme));
  };
  night.addEventListener("change", () => setTimeout(dress));
  const language = () => stored(localStorage, "language") || navigator.language;
  const speak = () => { document.documentElement.lang = language().toLowerCase().startsWith("zh") ? "zh-CN" : "en"; };

  // --- Where one is ---
  let wanted = "";
  const look = (view, section) => {
    if (view !== body.dataset.view) delete body.dataset.reader;
    body.dataset.view = view;
    delete body.dataset.rail;
    mark();
    wanted = section ?? "";
    if (view !== "talk") act(view);
    if (view === "talk" && innerWidth > 900) box()?.focus({ preventScroll: true }); // on a phone it would bring the keyboard
  };
  const mark = () => {
    for (const place of document.querySelectorAll(".yj-place"))
      place.toggleAttribute("aria-current", place.dataset.view === body.dataset.view);
  };

  // --- Asking ---
  const grow = () => {
    const area = box();
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
  };
  const edit = (turn, question) => {
    editing = turn;
    const note = one(".yj-editing");
    note.hidden = !turn;
    one("span", note).textContent = turn ? note.dataset.says.replace("{}", turn) : "";
    box().value = question;
    grow();
    box().focus();
  };
  const ask = (question, turn = 0) => {
    if (body.dataset.busy || !(question.trim() || turn)) return;
    body.dataset.busy = "1";
    look("talk");
    send("question", { question, turn });
    if (editing || question === box().value) edit(0, "");
  };
  const stop = () => {
    const waiting = one("#yj-live .yj-waiting");
    if (waiting) waiting.textContent = one(".yj-ask").dataset.stopping;
    act("stop");
  };

  // --- Files ---
  const entries = async (entry, folder = "") => {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
      return file ? [{ file, name: folder + file.name }] : [];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) { // a reader gives at most 100 entries at a time
      const some = await new Promise((done, failed) => reader.readEntries(done, failed)).catch(() => []);
      if (!some.length) break;
      for (const each of some) found.push(...await entries(each, `${folder}${entry.name}/`));
    }
    return found;
  };
  const take = async (found) => {
    const { kinds, largest, sending } = one(".yj-ask")?.dataset ?? {};
    const files = found.filter(({ file }) => !file.name.startsWith("."));
    if (!kinds || !files.length) return;
    const told = Object.assign(document.createElement("div"), { className: "yj-adding yj-sending" });
    told.setAttribute("role", "status");
    body.append(told);
    const taken = [];
    for (const { file, name } of files) {
      told.textContent = sending.replace("{}", taken.length + 1).replace("{}", files.length);
      const wanted = kinds.split(" ").some((kind) => name.toLowerCase().endsWith(kind)) && file.size <= Number(largest);
      const sent = wanted ? await window.yinju.upload(file).catch(() => null) : null;
      taken.push({ name, size: file.size, path: sent?.path ?? "" });
    }
    told.remove();
    send("drop", { files: taken });
  };
  const listen = (picker) => picker?.addEventListener("change", () => {
    take([...picker.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
    picker.value = "";
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    body.dataset.dragging = "1";
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete body.dataset.dragging; });
  document.addEventListener("drop", async (event) => {
    delete body.dataset.dragging;
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    const dropped = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const plain = [...event.dataTransfer.files].map((file) => ({ file, name: file.name }));
    take(dropped.length ? (await Promise.all(dropped.map((entry) => entries(entry)))).flat() : plain);
  });
  const download = () => {
    const made = one("#yj-file template");
    if (!made) return;
    const bytes = Uint8Array.from(atob(made.innerHTML), (letter) => letter.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes], { type: made.dataset.type }));
    const link = Object.assign(document.createElement("a"), { href: address, download: made.dataset.name });
    made.remove();
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };
  const copy = async (button) => {
    const area = one(".yj-plain", button.closest(".yj-turn"));
    try {
      await navigator.clipboard.writeText(area.value);
    } catch { // an address without https has no clipboard of its own
      area.hidden = false;
      area.select();
      document.execCommand("copy");
      area.hidden = true;
    }
    button.dataset.done = "1";
    one("#yj-copied")?.remove();
    const said = Object.assign(document.createElement("p"), { id: "yj-copied", className: "yj-toast", textContent: button.dataset.told });
    said.setAttribute("role", "status");
    body.append(said);
    setTimeout(() => { said.remove(); delete button.dataset.done; }, 1600);
  };

  const sort = (button) => {
    const [head, table] = [button.closest("th"), button.closest("table")];
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.querySelectorAll("th")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const said = (row) => row.cells[Number(button.dataset.column)].textContent;
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    const rows = [...one("tbody", table).rows].sort((a, b) => order(said(a), said(b)));
    one("tbody", table).append(...(down ? rows.reverse() : rows));
  };

  // --- What is clicked, typed and pressed ---
  const does = {
    send: () => ask(box().value, editing),
    ask: (data) => ask(data.question),
    stop,
    retry: (data) => ask("", Number(data.turn)),
    edit: (data, button) => edit(Number(data.turn), one(".yj-asked", button.closest(".yj-turn")).value),
    unedit: () => edit(0, ""),
    copy: (data, button) => copy(button),
    sort: (data, button) => sort(button),
    menu: () => { body.toggleAttribute("data-rail"); },
    close: () => { delete body.dataset.reader; },
    view: (data) => look(data.view, data.section),
    choose: (data) => one(data.folder ? "#yj-folder" : "#yj-files").click(),
    theme: (data) => { stored(localStorage, "theme", data.value); dress(); },
    language: (data) => { stored(localStorage, "language", data.value); speak(); act("language", data); },
    new: () => { look("talk"); act("new"); },
    resume: (data) => { look("talk"); act("resume", data); },
    open: (data, button) => {
      body.dataset.reader = "open";
      act("open", { turn: button.closest("[data-turn]")?.dataset.turn, ...data });
    },
    why: (data) => { body.dataset.reader = "open"; act("why", data); },
    rename: (data, button) => { if (button.form) button.form.requestSubmit(); },
  };
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(".yj-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const button = event.target.closest("button[data-do]");
    if (!button || button.disabled) {
      if (event.target.id === "yj-app" || event.target.closest("#yj-talk")) delete body.dataset.rail;
      return;
    }
    const { do: what, ...data } = button.dataset;
    pressed = { region: button.closest("#yj-app [id^=yj-].block"), says: button.getAttribute("aria-label") ?? button.textContent };
    if (button.closest(".yj-menu")) button.closest(".yj-menu").open = false;
    (does[what] ?? ((given) => act(what, given)))(data, button);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#yj-app")) return;
    event.preventDefault();
    if (event.target.matches(".yj-watching")) act("watch", { question: event.target.elements.question.value });
    if (event.target.matches(".yj-managing")) {
      act("allow", Object.fromEntries(new FormData(event.target)));
      event.target.reset(); // a password does not stay on the page
    }
    if (event.target.matches(".yj-renaming")) act("rename", { id: event.target.dataset.id, title: event.target.elements.title.value });
  });
  let typing = 0;
  const narrow = () => act("narrow", Object.fromEntries(new FormData(one(".yj-fields"))));
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.id === "yj-question") {
      grow();
      const spoken = /[\u3400-\u9fff]/.test(field.value) ? "zh" : "en";
      if (field.value.length > 1 && !warmed.has(spoken)) {
        warmed.add(spoken);
        send("warm", { language: spoken });
      }
    } else if (field.matches("input[name=find]")) {
      clearTimeout(typing);
      typing = setTimeout(narrow, 250);
    }
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-do=narrow]:not([name=find])")) narrow();
    if (field.matches("[data-do=enter]")) { look("talk"); act("enter", { value: field.value }); }
    if (field.matches("[data-do=allow]")) act("allow", { name: field.dataset.member, role: field.value });
    if (field.matches("[data-do=prefer]"))
      act("prefer", { name: field.name, value: field.type === "checkbox" ? field.checked : field.value });
  });
  document.addEventListener("keydown", (event) => {
    const composing = event.isComposing || event.keyCode === 229; // Enter that chooses a Chinese word asks nothing yet
    if (event.target.id === "yj-question" && event.key === "Enter" && !event.shiftKey && !composing) {
      event.preventDefault();
      does.send();
    } else if (event.key === "Escape" && !composing) {
      if (body.dataset.busy) stop();
      else if (editing) edit(0, "");
      else if (one(".yj-menu[open]")) one(".yj-menu[open]").open = false;
      else if ("rail" in body.dataset) delete body.dataset.rail;
      else if (body.dataset.view !== "talk") look("talk");
      else if (body.dataset.reader && innerWidth <= 900) delete body.dataset.reader;
      else document.activeElement?.blur();
    } else if (/^[1-9]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if (event.target.closest("input, textarea, select, [contenteditable]")) return;
      const turns = document.querySelectorAll("#yj-turns .yj-turn");
      one(`.yj-chip[data-n="${event.key}"]`, turns[turns.length - 1] ?? document)?.click();
    }
  });

  // --- What comes from the server ---
  const toEnd = () => { const said = one("#yj-said"); said.scrollTop = said.scrollHeight; };
  let followed = "";
  let latest = 0;
  const came = {
    "yj-live": () => {
      const busy = one("#yj-live [data-busy]");
      if (busy) {
        const said = one("#yj-said");
        const begins = body.dataset.shown !== "1";
        if (begins || said.scrollHeight - said.scrollTop - said.clientHeight < 160) toEnd();
        body.dataset.busy = body.dataset.shown = "1";
      } else if (body.dataset.shown) {
        delete body.dataset.busy;
        delete body.dataset.shown;
        const turns = document.querySelectorAll("#yj-turns .yj-turn");
        turns[turns.length - 1]?.scrollIntoView({ block: "start" });
      }
    },
    "yj-turns": () => {
      const { conversation: talk = "", edition = latest } = one("#yj-turns [data-edition]")?.dataset ?? {};
      if (Number(edition) < latest) return act("again"); // it was overtaken on its way
      latest = Number(edition);
      stored(sessionStorage, "conversation", talk);
      if (talk !== followed) toEnd();
      followed = talk;
    },
    "yj-reader": () => {
      const scroll = one("#yj-reader .yj-scroll");
      const here = one("#yj-reader mark.yj-here") ?? one("#yj-reader .yj-passage");
      if (scroll) scroll.scrollTop = 0; // what is written anew may keep the place of what it replaces
      if (scroll && here) {
        const [inside, outside] = [here.getBoundingClientRect(), scroll.getBoundingClientRect()];
        scroll.scrollTop += inside.top - outside.top - Math.max(24, Math.min(outside.height * 0.35, outside.height - inside.height - 24));
      }
    },
    "yj-rail": () => { mark(); one("#yj-rename")?.select(); },
    "yj-settings": () => {
      dress();
      if (wanted) one(`#yj-${wanted}`)?.scrollIntoView();
      wanted = "";
    },
    "yj-ask": () => { grow(); if (innerWidth > 900) box()?.focus({ preventScroll: true }); },
    "yj-file": download,
    "yj-told": () => { if (one("#yj-told .yj-toast")) setTimeout(() => act("dismiss", { toast: 1 }), 6000); },
  };
  // A region that was written anew has lost the focus: give it to the button that says what the pressed one said.
  const refocus = (region) => {
    if (!pressed || region !== pressed.region || document.activeElement !== body) return;
    const buttons = [...region.querySelectorAll("button:not(:disabled)")];
    (buttons.find((b) => (b.getAttribute("aria-label") ?? b.textContent) === pressed.says) ?? buttons[0])?.focus({ preventScroll: true });
  };
  const watch = () => {
    for (const region of document.querySelectorAll("#yj-app [id^=yj-].block")) {
      const seen = new MutationObserver(() => { came[region.id]?.(); refocus(region); });
      // Not the block itself: Gradio touches that of every region whenever an event runs.
      seen.observe(one(".html-container", region), { childList: true, subtree: true });
    }
    listen(one("#yj-files"));
    listen(one("#yj-folder"));
  };

  const greet = () => {
    if (box()) return;
    act("hello");
    setTimeout(greet, 3000); // what is sent before Gradio has wired the page is lost
  };
  const begin = () => {
    if (!window.yinju || !one("#yj-file.block")) { requestAnimationFrame(begin); return; }
    body.dataset.view = "talk";
    speak();
    dress();
    watch();
    greet();
  };
  begin();
}
