// What pages do beyond HTML; every page works without it.
//
// Nothing typed is ever lost: a form with data-draft is saved to the server while typing, and kept in this
// browser while the server cannot be reached, until it is saved again.

const words = document.documentElement.lang === 'en'
  ? {
      saving: 'Saving…',
      saved: (time) => `Saved at ${time}`,
      kept: 'No connection: the text is kept in this browser',
      signedOut: 'You were signed out: the text is kept in this browser. Sign in in another tab, then go on.',
      restored: 'The text that had not reached the server was put back.',
      conflict: 'A newer text was saved elsewhere. Save to compare the two.',
      sending: 'Sending…',
      more: 'More questions have appeared below.',
    }
  : {
      saving: 'Сохраняем…',
      saved: (time) => `Сохранено в ${time}`,
      kept: 'Нет связи: текст сохранён в этом браузере',
      signedOut: 'Сеанс закончился: текст сохранён в этом браузере. Войдите в соседней вкладке и продолжайте.',
      restored: 'Вернули текст, который не успел дойти до сервера.',
      conflict: 'В другом месте сохранён более новый текст. Нажмите «Сохранить черновик», чтобы сравнить.',
      sending: 'Отправляем…',
      more: 'Появились ещё вопросы.',
    };

const WAIT = 1500;
const RETRY = 10000;

function ready() {
  document.querySelector('[data-focus]')?.focus();
  // The page after a successful sending says so, and only then the copy goes.
  document.querySelectorAll('[data-forget-draft]').forEach((mark) => localStorage.removeItem(mark.dataset.forgetDraft));
  document.querySelectorAll('form[data-draft]').forEach(askFurther);
  document.querySelectorAll('form[data-draft]').forEach(keepDraft);
  document.querySelectorAll('form').forEach(sendOnce);
  document.querySelectorAll('[data-auto-submit]').forEach((form) => {
    form.addEventListener('change', () => form.requestSubmit());
  });
  const newest = document.querySelector('[data-row-focus]');
  newest?.querySelector('input:not([type=hidden]), textarea, select')?.focus();
}

// Drafts

function keepDraft(form) {
  const key = `draft:${form.dataset.draft}:${form.dataset.person}`;
  const status = form.querySelector('[data-saved]') || document.querySelector('[data-saved]');
  let timer = 0;
  let dirty = false;
  let busy = false;
  let pressed = null;

  restore(form, key, status);
  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
  window.addEventListener('online', save);
  window.addEventListener('pagehide', () => dirty && remember(form, key));
  form.addEventListener('submit', (event) => {
    remember(form, key);
    dirty = false;
    if (busy) {
      // The draft is just being saved: two at once would look like two windows. It is sent a moment later.
      event.preventDefault();
      pressed = event.submitter;
    }
  });
  function changed(event) {
    if (event.target.type === 'file') return;
    dirty = true;
    count(form);
    const choice = ['radio', 'checkbox', 'select-one'].includes(event.target.type);
    clearTimeout(timer);
    timer = setTimeout(save, choice ? 0 : WAIT);
  }

  async function save() {
    if (!dirty || busy) return;
    busy = true;
    say(status, words.saving, false);
    remember(form, key);
    dirty = false;
    let pause = WAIT;
    try {
      const answer = await fetch(form.dataset.draft, {
        method: 'POST',
        body: new URLSearchParams(pairs(form)),
        headers: { 'X-Requested-With': 'fetch' },
        credentials: 'same-origin',
      });
      if (answer.ok) {
        const revision = answer.headers.get('X-Draft-Revision');
        if (revision) form.elements.draft_revision.value = revision;
        if (!dirty) localStorage.removeItem(key);
        say(status, words.saved(answer.headers.get('X-Saved-At') || clock()), false);
      } else if (answer.status === 409) {
        say(status, words.conflict, true);
      } else {
        dirty = true;
        pause = RETRY;
        say(status, answer.status === 401 || answer.status === 400 ? words.signedOut : words.kept, true);
      }
    } catch {
      dirty = true;
      pause = RETRY;
      say(status, words.kept, true);
    } finally {
      busy = false;
      if (pressed) {
        const { name, value } = pressed;
        pressed = null;
        form.requestSubmit([...form.elements].find((button) => button.type === 'submit' && button.name === name && button.value === value));
      } else if (dirty) {
        clearTimeout(timer);
        timer = setTimeout(save, pause);
      }
    }
  }
}

// Questions that hang on an answer: the server says which are asked, they are put in place around what is typed.
// Without a connection nothing changes here, and the server asks for them at the sending.
function askFurther(form) {
  const place = form.querySelector('[data-questions]');
  if (!place) return;
  const gone = new Map();
  let last = 0;

  form.addEventListener('change', async (event) => {
    if (!event.target.closest('[data-steers]') || event.target.type === 'file') return;
    const mine = ++last;
    try {
      const answer = await fetch(place.dataset.questions, {
        method: 'POST',
        body: new URLSearchParams(pairs(form)),
        headers: { 'X-Requested-With': 'fetch' },
        credentials: 'same-origin',
      });
      if (!answer.ok || mine !== last) return;
      const fresh = document.createElement('div');
      fresh.innerHTML = await answer.text();
      if (mine !== last) return;
      const before = form.elements.length;
      become(place, fresh, gone);
      count(form);
      if (form.elements.length > before) say(form.querySelector('[data-saved]') || document.querySelector('[data-saved]'), words.more, false);
    } catch {
      // No connection: see above.
    }
  });
}

// Makes the children of one element those of another, and leaves alone what both have: focus, text, open details.
function become(old, fresh, gone) {
  let at = old.firstChild;
  [...fresh.childNodes].forEach((wanted) => {
    let found = at;
    while (found && !isSame(found, wanted)) found = found.nextSibling;
    if (!found) {
      old.insertBefore(wanted, at);
      putBack(wanted, gone);
      return;
    }
    while (at !== found) at = drop(at, gone);
    at = found.nextSibling;
    if (found.nodeType === Node.TEXT_NODE) {
      if (found.data !== wanted.data) found.data = wanted.data;
    } else if (!['TEXTAREA', 'svg'].includes(found.nodeName)) {
      const required = wanted.getAttribute?.('aria-required');
      if (required) found.setAttribute('aria-required', required);
      else found.removeAttribute?.('aria-required');
      become(found, wanted, gone);
    }
  });
  while (at) at = drop(at, gone);
}

function isSame(a, b) {
  return a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
}

// What a node is about: its own name, or the first one inside.
function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return '';
  if (node.nodeName === 'OPTION') return node.value;
  const named = node.id || node.name ? node : node.querySelector('[id], input, textarea, select');
  if (!named) return node.closest('td, th, span, summary') ? '' : node.textContent.trim();
  return named.id || `${named.name}=${named.type === 'hidden' ? named.value : ''}`;
}

// Takes a node away and keeps what was typed in it, in case the question comes back. A sentence about a mistake stays.
function drop(node, gone) {
  const next = node.nextSibling;
  if (node.nodeType === Node.ELEMENT_NODE && node.classList.contains('field-error')) return next;
  controls(node).forEach((c) => gone.set(c.id, c.type === 'checkbox' || c.type === 'radio' ? c.checked : c.value));
  node.remove();
  return next;
}

function putBack(node, gone) {
  controls(node).forEach((c) => {
    if (!gone.has(c.id)) return;
    if (c.type === 'checkbox' || c.type === 'radio') c.checked = gone.get(c.id);
    else c.value = gone.get(c.id);
  });
}

function controls(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const kinds = 'input:not([type=hidden], [type=file]), textarea, select';
  return [...(node.matches(kinds) ? [node] : []), ...node.querySelectorAll(kinds)].filter((c) => c.id);
}

function pairs(form) {
  return [...new FormData(form)].filter(([, value]) => typeof value === 'string');
}

function remember(form, key) {
  try {
    const typed = pairs(form).filter(([name]) => !['csrf_token', 'command_key', 'draft_revision'].includes(name));
    localStorage.setItem(key, JSON.stringify({ revision: form.elements.draft_revision?.value, typed }));
  } catch {
    // A full or forbidden storage must not stop anybody from typing.
  }
}

// Puts back what had not reached the server, unless the server holds something newer.
function restore(form, key, status) {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(key) || 'null');
  } catch {
    kept = null;
  }
  if (!kept || !Array.isArray(kept.typed)) return;
  if (kept.revision !== form.elements.draft_revision?.value || form.hasAttribute('data-fresh')) {
    localStorage.removeItem(key);
    return;
  }
  let changed = false;
  const left = new Map();
  kept.typed.forEach(([name, value]) => left.set(name, [...(left.get(name) || []), value]));
  [...form.elements].forEach((element) => {
    if (!element.name || !left.has(element.name) || ['hidden', 'file', 'submit'].includes(element.type)) return;
    const values = left.get(element.name);
    if (element.type === 'checkbox' || element.type === 'radio') {
      const checked = values.includes(element.value);
      changed ||= checked !== element.checked;
      element.checked = checked;
    } else if (element.value !== values[0]) {
      element.value = values.shift();
      changed = true;
    }
  });
  if (changed) {
    say(status, words.restored, false);
    form.dispatchEvent(new Event('input', { bubbles: true }));
    form.querySelector('[data-steers]')?.dispatchEvent(new Event('change', { bubbles: true }));
  } else {
    localStorage.removeItem(key);
  }
}

function say(place, sentence, wrong) {
  if (!place) return;
  place.textContent = sentence;
  place.classList.toggle('saved-wrong', wrong);
}

function clock() {
  return new Date().toLocaleTimeString('ru-RU', { hour: '2-digit', minute: '2-digit' });
}

// How many of the required fields are filled in.
function count(form) {
  const bar = document.querySelector('[data-progress]');
  if (!bar) return;
  const names = new Set();
  const filled = new Set();
  form.querySelectorAll('[aria-required="true"]').forEach((field) => {
    names.add(field.name);
    const checked = field.type === 'radio' || field.type === 'checkbox' ? field.checked : field.value.trim() !== '';
    if (checked) filled.add(field.name);
  });
  bar.max = names.size || 1;
  bar.value = filled.size;
  const text = document.querySelector('[data-progress-text]');
  if (text) text.textContent = text.dataset.pattern.replace('{done}', filled.size).replace('{all}', names.size);
}

// A second click does no harm on the server; here it does not even happen.
function sendOnce(form) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === 'post' && !event.defaultPrevented) {
      form.dataset.sent = '1';
      event.submitter?.setAttribute('aria-disabled', 'true');
    }
  });
}

// The browser's "back" shows the page as it was left: let it be sent again.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  document.querySelectorAll('form[data-sent]').forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll('[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
  });
});

// Keys: / search, j k rows, Enter opens, Ctrl+Enter sends, ? help

function typing(target) {
  return target.closest?.('input, textarea, select, [contenteditable]');
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.('form');
    const button = form?.querySelector('[data-send]') || form?.querySelector('button:not([name])');
    if (button) {
      event.preventDefault();
      form.requestSubmit(button);
    }
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/') {
    const search = document.querySelector('[type=search]');
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (event.key === 'j' || event.key === 'k') {
    step(event.key === 'j' ? 1 : -1);
  } else if (event.key === '?') {
    location.assign(document.querySelector('[data-help]')?.href || '/help');
  }
});

function step(by) {
  const rows = [...document.querySelectorAll('.rows > li, .review-row')];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains('current'));
  const next = Math.min(rows.length - 1, Math.max(0, now + by));
  rows[now]?.classList.remove('current');
  rows[next].classList.add('current');
  rows[next].scrollIntoView({ block: 'nearest' });
  (rows[next].querySelector('a, summary') || rows[next]).focus();
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', ready);
else ready();
