// Shows a process diagram with the tokens of running instances on it.
//
// <div data-diagram="/address/of/the.bpmn" data-tokens='{"confirm_package": 3}' data-problems='["x"]'
//      data-words='{"closer": "Ближе", "further": "Дальше", "whole": "Вся схема"}'></div>
//
// data-tokens maps element ids to how many instances stand there; data-problems lists ids to look at. Labels of a
// diagram are text and stay text. When the diagram cannot be shown, the element's own content stays, so the page
// holds a plain list or a link there.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './viewer.css';

// Below this labels cannot be read: better a part of the diagram than all of it as dust.
const READABLE = 0.35;
const MARGIN = 40;

async function show(place) {
  const answer = await fetch(place.dataset.diagram, { credentials: 'same-origin' });
  if (!answer.ok) {
    return;
  }
  const diagram = await answer.text();
  const canvasPlace = document.createElement('div');
  canvasPlace.className = 'diagram-canvas';
  const before = [...place.childNodes];
  place.append(canvasPlace);
  const viewer = new NavigatedViewer({ container: canvasPlace });
  try {
    await viewer.importXML(diagram);
  } catch (error) {
    canvasPlace.remove();
    throw error;
  }
  before.forEach((node) => node.remove());
  const tokens = JSON.parse(place.dataset.tokens || '{}');
  mark(viewer, tokens);
  JSON.parse(place.dataset.problems || '[]').forEach((id) => addMarker(viewer, id, 'has-problem'));
  settle(viewer, Object.keys(tokens));
  place.prepend(tools(viewer, JSON.parse(place.dataset.words || '{}')));
}

// Show all of it where that can be read, else the first token, else the beginning.
function settle(viewer, tokens) {
  const canvas = viewer.get('canvas');
  if (canvas.zoom('fit-viewport', 'auto') >= READABLE) {
    return;
  }
  canvas.zoom(READABLE);
  const elements = viewer.get('elementRegistry');
  const first = tokens.map((id) => elements.get(id)).find(Boolean)
    || elements.find((element) => element.type === 'bpmn:StartEvent' && element.parent.type !== 'bpmn:SubProcess');
  const { inner, outer } = canvas.viewbox();
  const x = first && tokens.length ? first.x + first.width / 2 - outer.width / READABLE / 2 : inner.x - MARGIN;
  const y = first ? first.y + first.height / 2 - outer.height / READABLE / 2 : inner.y - MARGIN;
  canvas.viewbox({ x: Math.max(inner.x - MARGIN, x), y, width: outer.width / READABLE, height: outer.height / READABLE });
}

function tools(viewer, words) {
  const bar = document.createElement('div');
  bar.className = 'diagram-tools';
  const canvas = viewer.get('canvas');
  const zoom = viewer.get('zoomScroll');
  const acts = [
    ['+', words.closer, () => zoom.stepZoom(1)],
    ['−', words.further, () => zoom.stepZoom(-1)],
    ['⤢', words.whole, () => canvas.zoom('fit-viewport', 'auto')],
  ];
  for (const [sign, name, act] of acts) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    if (name) {
      button.setAttribute('aria-label', name);
      button.title = name;
    }
    button.addEventListener('click', act);
    bar.append(button);
  }
  return bar;
}

function addMarker(viewer, id, marker) {
  if (viewer.get('elementRegistry').get(id)) {
    viewer.get('canvas').addMarker(id, marker);
  }
}

function mark(viewer, tokens) {
  const overlays = viewer.get('overlays');
  for (const [id, count] of Object.entries(tokens)) {
    if (!viewer.get('elementRegistry').get(id)) {
      continue;
    }
    addMarker(viewer, id, 'has-token');
    const badge = document.createElement('span');
    badge.className = 'token-count';
    badge.textContent = String(count);
    overlays.add(id, { position: { top: -12, right: 12 }, html: badge });
  }
}

document.querySelectorAll('[data-diagram]').forEach((place) => {
  show(place).catch((error) => console.error(error));
});
