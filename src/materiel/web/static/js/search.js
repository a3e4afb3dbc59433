// Searches while one types: the same page is asked for, and its list takes the place of this one.

const WAIT = 220;
const SHORTEST = 3;

for (const form of document.querySelectorAll("form[data-live]")) {
  let timer;
  let asked = null;

  const search = async () => {
    const typed = form.elements.q.value.trim();
    if (typed && typed.length < SHORTEST) return;
    asked?.abort();
    asked = new AbortController();
    const address = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value) address.searchParams.set(name, value);
    let page;
    try {
      const answer = await fetch(address, { signal: asked.signal });
      // A session that is over leads to the login: let the browser go there by itself.
      if (!answer.ok || answer.redirected) { location.assign(address); return; }
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
      return;
    }
    const found = document.getElementById(form.dataset.live);
    const status = found.querySelector("[role=status]");
    const fresh = page.getElementById(form.dataset.live);
    // The sentence that tells how many is kept in place, so that a screen reader hears it change.
    const told = fresh.querySelector("[role=status]");
    status.replaceChildren(...told.childNodes);
    told.replaceWith(status);
    found.replaceChildren(...fresh.childNodes);
    history.replaceState(null, "", address);
  };

  const later = () => { clearTimeout(timer); timer = setTimeout(search, WAIT); };
  form.elements.q.addEventListener("input", later);
  form.addEventListener("change", (event) => { if (event.target !== form.elements.q) later(); });
}
