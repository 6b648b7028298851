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
    }
  : {
      saving: 'Сохраняем…',
      saved: (time) => `Сохранено в ${time}`,
      kept: 'Нет связи: текст сохранён в этом браузере',
      signedOut: 'Сеанс закончился: текст сохранён в этом браузере. Войдите в соседней вкладке и продолжайте.',
      restored: 'Вернули текст, который не успел дойти до сервера.',
      conflict: 'В другом месте сохранён более новый текст. Нажмите «Сохранить черновик», чтобы сравнить.',
      sending: 'Отправляем…',
    };

const WAIT = 1500;
const RETRY = 10000;

function ready() {
  document.querySelector('[data-focus]')?.focus();
  // The page after a successful sending says so, and only then the copy goes.
  document.querySelectorAll('[data-forget-draft]').forEach((mark) => localStorage.removeItem(mark.dataset.forgetDraft));
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
  let chosen = false;
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
    chosen ||= choice;
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
        if (chosen && !dirty) chosen = !(await askAnew(form, () => dirty || pressed));
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

// Some questions depend on the answers to others; the server knows which. Once an answer is saved, the form is asked
// for anew, and only if other questions stand in it now it takes the place of the one on the page. Says whether the
// page is up to date: somebody who goes on typing is not disturbed.
async function askAnew(form, changedMeanwhile) {
  const answer = await fetch(location.pathname, { credentials: 'same-origin' });
  if (!answer.ok) return true;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.querySelector('form[data-draft]');
  const attaching = [...form.querySelectorAll('[type=file]')].some((input) => input.files.length);
  if (!fresh || questions(fresh) === questions(form)) return true;
  if (attaching || changedMeanwhile()) return false;
  const focused = document.activeElement?.id;
  form.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus();
  count(form);
  return true;
}

function questions(form) {
  return [...form.elements].filter((field) => field.type !== 'hidden').map((field) => field.id || field.name).join(' ');
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
