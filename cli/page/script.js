"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const changes = JSON.parse($("data").textContent);
  const articles = [...document.querySelectorAll("article")];
  const byKey = new Map(changes.map((change) => [change.key, change]));
  const storage = "tgfix-" + document.body.dataset.identity;
  const texts = new Map(articles.map((article) => [article, article.textContent.toLowerCase()]));
  let path = "";

  // A browser may keep nothing for pages from disk; then answers live as long as the page.
  const remember = () => {
    try {
      localStorage.setItem(storage, JSON.stringify(changes.map((c) => [c.key, c.answer, c.form])));
    } catch { /* nothing is kept */ }
  };
  const recall = () => {
    try {
      for (const [key, answer, form] of JSON.parse(localStorage.getItem(storage) || "[]")) {
        const change = byKey.get(key);
        if (change && form < change.forms.length) Object.assign(change, { answer, form });
      }
    } catch { /* nothing is kept */ }
  };

  const of = (article) => byKey.get(article.dataset.key);
  const safety = (change) => change.forms[change.form].safety;
  const isSafeAs = (change, wanted) =>
    wanted.startsWith("assumes:") ? change.assumes[change.form].includes(wanted.slice(8)) : safety(change) === wanted;

  function draw(article) {
    const change = of(article);
    article.dataset.answer = change.answer;
    article.querySelector(".yes").setAttribute("aria-pressed", change.answer === "accepted");
    article.querySelector(".no").setAttribute("aria-pressed", change.answer === "refused");
    for (const form of article.querySelectorAll(".form")) form.hidden = Number(form.dataset.form) !== change.form;
    for (const radio of article.querySelectorAll("input[type=radio]")) radio.checked = Number(radio.value) === change.form;
  }

  function tally() {
    const number = (answer) => changes.filter((change) => change.answer === answer).length;
    $("tally").textContent = `${number("accepted")} accepted, ${number("refused")} refused, ${number("")} undecided`;
  }

  function decide(articles, answer) {
    for (const article of articles) {
      of(article).answer = answer;
      draw(article);
    }
    tally();
    remember();
  }

  function fits(article) {
    const change = of(article);
    const state = $("state").value;
    return (
      (!$("code").value || article.dataset.code === $("code").value) &&
      (!$("safety").value || isSafeAs(change, $("safety").value)) &&
      (!state || (change.answer || "undecided") === state) &&
      (!path || article.dataset.paths.split(" ").includes(path)) &&
      $("search").value.toLowerCase().split(/\s+/).every((word) => texts.get(article).includes(word))
    );
  }

  function filter() {
    let shown = 0;
    for (const article of articles) {
      article.hidden = !fits(article);
      shown += !article.hidden;
    }
    for (const item of document.querySelectorAll("#left li")) {
      item.hidden = Boolean($("code").value) && item.dataset.code !== $("code").value;
    }
    $("nothing").hidden = shown > 0 || !articles.length;
    $("clear").hidden = !(path || $("code").value || $("safety").value || $("state").value || $("search").value);
    $("clear").textContent = path ? `Clear filter (${path})` : "Clear filter";
  }

  const visible = () => articles.filter((article) => !article.hidden);
  const current = () => document.activeElement.closest("article");

  // One tab at a time; a link into a change opens its tab.
  function tab(name) {
    document.body.dataset.tab = name;
    for (const button of document.querySelectorAll("[role=tab]")) {
      button.setAttribute("aria-selected", String(button.dataset.tab === name));
    }
  }

  function move(step) {
    const shown = visible();
    const here = shown.indexOf(current());
    tab("all");
    const target = shown[here < 0 ? (step > 0 ? 0 : shown.length - 1) : here + step];
    if (target) {
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "start" });
    }
  }

  function download() {
    const decisions = changes
      .filter((change) => change.answer)
      .map((change, index) => {
        const { fingerprint, ...rest } = change.forms[change.form];
        // all are decided about the same files, so they are made together
        return { fingerprint, answer: change.answer, ...rest, together: index > 0 };
      });
    const text = JSON.stringify({ version: 1, decisions }, null, 1) + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "decisions.json";
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function theme() {
    const dark = getComputedStyle(document.body).backgroundColor !== "rgb(255, 255, 255)";
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  }

  for (const button of document.querySelectorAll("[role=tab]")) {
    button.addEventListener("click", () => tab(button.dataset.tab));
  }
  for (const link of document.querySelectorAll("a.change")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const article = $(link.getAttribute("href").slice(1));
      article.hidden = false;
      tab("all");
      article.focus({ preventScroll: true });
      article.scrollIntoView({ block: "start" });
    });
  }
  if ($("priority")) $("priority").addEventListener("input", () => {
    for (const item of document.querySelectorAll(".bottlenecks > li")) {
      item.hidden = Boolean($("priority").value) && item.dataset.priority !== $("priority").value;
    }
  });

  for (const article of articles) {
    const toggle = (answer) => decide([article], of(article).answer === answer ? "" : answer);
    article.querySelector(".yes").addEventListener("click", () => toggle("accepted"));
    article.querySelector(".no").addEventListener("click", () => toggle("refused"));
    for (const radio of article.querySelectorAll("input[type=radio]")) {
      radio.addEventListener("change", () => {
        of(article).form = Number(radio.value);
        draw(article);
        remember();
      });
    }
  }
  for (const id of ["search", "code", "safety", "state"]) $(id).addEventListener("input", filter);
  for (const button of document.querySelectorAll("button[data-code]")) {
    button.addEventListener("click", () => {
      $("code").value = button.dataset.code;
      filter();
      $("changes").scrollIntoView();
    });
  }
  for (const button of document.querySelectorAll("button[data-path]")) {
    button.addEventListener("click", () => {
      path = button.dataset.path;
      filter();
      $("changes").scrollIntoView();
    });
  }
  $("clear").addEventListener("click", () => {
    path = "";
    for (const id of ["search", "code", "safety", "state"]) $(id).value = "";
    filter();
  });
  $("accept-shown").addEventListener("click", () => decide(visible(), "accepted"));
  $("refuse-shown").addEventListener("click", () => decide(visible(), "refused"));
  $("download").addEventListener("click", download);
  $("theme").addEventListener("click", theme);
  $("keys").addEventListener("click", () => $("help").showModal());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
    const typing = event.target.closest("input[type=search], select");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    const answers = { y: "accepted", n: "refused", u: "" };
    if (event.key in answers) {
      const article = current();
      if (!article) return;
      decide([article], answers[event.key]);
      if (event.key !== "u") move(1);
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") {
      tab("all");
      $("search").focus();
    }
    else if (event.key === "d") download();
    else if (event.key === "t") theme();
    else if (event.key === "?") $("help").showModal();
    else return;
    event.preventDefault();
  });

  $("left").hidden = !document.querySelector("#left li");
  $("skipped").hidden = !document.querySelector("#skipped li");
  recall();
  articles.forEach(draw);
  tally();
  filter();
  tab("bot");
})();
