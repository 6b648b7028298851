// Shows a process diagram with the tokens of running instances on it.
//
// <div data-diagram="/address/of/the.bpmn" data-tokens='{"confirm_package": 3}'></div>
//
// data-tokens maps element ids to how many instances stand there. When the diagram cannot be shown, the
// element's own content stays, so the page should hold a plain list or a link there.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './viewer.css';

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
  viewer.get('canvas').zoom('fit-viewport', 'auto');
  mark(viewer, JSON.parse(place.dataset.tokens || '{}'));
}

function mark(viewer, tokens) {
  const [canvas, elements, overlays] = ['canvas', 'elementRegistry', 'overlays'].map((name) => viewer.get(name));
  for (const [elementId, count] of Object.entries(tokens)) {
    if (!elements.get(elementId)) {
      continue;
    }
    canvas.addMarker(elementId, 'has-token');
    const badge = document.createElement('span');
    badge.className = 'token-count';
    badge.textContent = String(count);
    overlays.add(elementId, { position: { top: -12, right: 12 }, html: badge });
  }
}

document.querySelectorAll('[data-diagram]').forEach((place) => {
  show(place).catch((error) => console.error(error));
});
