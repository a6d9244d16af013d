import type { CapProblem } from './model.js';
import { CAP_NAMESPACE, type CapAlert, type CapInfo } from './model.js';
import { readAlert } from './read.js';
import { ALERT_SEQUENCE } from './schema.js';
import { sequenceProblems } from './structure.js';
import { parseXml, type XmlElement, type XmlLimits } from './xml.js';

/** Largest message that is read, in bytes of UTF-8, and deepest nesting of elements; both inclusive. */
export const CAP_LIMITS: XmlLimits = { maxBytes: 1024 * 1024, maxDepth: 16 };

/** `warnings` are what CAP advises and does not demand; `problems` make a message unfit. Paths look like `info/0/severity`. */
export type CapValidation = { ok: true; alert: CapAlert; warnings: CapProblem[] } | { ok: false; problems: CapProblem[] };

function rootProblems(root: XmlElement): CapProblem[] {
  if (root.name !== 'alert') return [{ path: '', message: `root element must be alert; got ${root.name.slice(0, 40)}` }];
  if (root.namespace !== CAP_NAMESPACE) {
    return [{ path: '', message: `alert must be in the namespace ${CAP_NAMESPACE}; got ${JSON.stringify(root.namespace.slice(0, 80))}` }];
  }
  if (root.attributes.length > 0) return [{ path: '', message: `CAP has no attribute ${root.attributes[0]}` }];
  return [];
}

const REFERRING = ['Update', 'Cancel', 'Ack', 'Error'];

function dependencyProblems(alert: CapAlert): CapProblem[] {
  const problems: CapProblem[] = [];
  if (REFERRING.includes(alert.msgType) && alert.references.length === 0) {
    problems.push({ path: 'references', message: `missing: ${alert.msgType} must name the message it is about` });
  }
  if (alert.scope === 'Restricted' && alert.restriction === undefined) {
    problems.push({ path: 'restriction', message: 'missing: scope Restricted must say for whom the message is' });
  }
  if (alert.scope === 'Private' && alert.addresses.length === 0) {
    problems.push({ path: 'addresses', message: 'missing: scope Private must name its addressees' });
  }
  alert.infos.forEach((info, i) => {
    info.areas.forEach((area, j) => {
      if (area.ceiling !== undefined && area.altitude === undefined) {
        problems.push({ path: `info/${i}/area/${j}/ceiling`, message: 'needs altitude beside it' });
      }
    });
  });
  return problems;
}

function infoAdvice(info: CapInfo, path: string, alert: CapAlert): CapProblem[] {
  const advice: CapProblem[] = [];
  if (alert.scope === 'Public' && info.responseTypes.includes('Assess')) {
    advice.push({ path: `${path}/responseType`, message: 'Assess is not meant for public warnings' });
  }
  if (info.expires !== undefined && Date.parse(info.expires) <= Date.parse(alert.sent)) {
    advice.push({ path: `${path}/expires`, message: 'lies before sent: the message has expired already' });
  }
  return advice;
}

function adviceOn(alert: CapAlert): CapProblem[] {
  const advice: CapProblem[] = [];
  if (alert.status === 'Exercise' && alert.note === undefined)
    advice.push({ path: 'note', message: 'Exercise should name the exercise in note' });
  if (alert.msgType === 'Error' && alert.note === undefined) advice.push({ path: 'note', message: 'Error should explain itself in note' });
  if (alert.infos.length === 0 && (alert.msgType === 'Alert' || alert.msgType === 'Update')) {
    advice.push({ path: 'info', message: `${alert.msgType} should carry an info block` });
  }
  return [...advice, ...alert.infos.flatMap((info, index) => infoAdvice(info, `info/${index}`, alert))];
}

/**
 * Reads one CAP 1.2 message and checks it beyond the XML schema: namespace, the fixed order of elements, required ones,
 * enumerations, times (offset, no Z, no fractions), sender and identifier, references of Update, Cancel, Ack and Error,
 * restriction with Restricted, addresses with Private, closed polygons, circles, latitude first, a language in each
 * info. Hardened against hostile input: no DTD, no entities of its own, bounded size and depth.
 */
export function validateCap(xml: string, limits: XmlLimits = CAP_LIMITS): CapValidation {
  const parsed = parseXml(xml, limits);
  if (!parsed.ok) return { ok: false, problems: [parsed.problem] };
  const wrongRoot = rootProblems(parsed.root);
  if (wrongRoot.length > 0) return { ok: false, problems: wrongRoot };
  const structure = sequenceProblems(parsed.root, ALERT_SEQUENCE, '');
  if (structure.length > 0) return { ok: false, problems: structure };
  const alert = readAlert(parsed.root);
  const problems = dependencyProblems(alert);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, alert, warnings: adviceOn(alert) };
}
