import type { CapProblem } from './model.js';
import { CAP_NAMESPACE } from './model.js';
import type { ElementRule } from './schema.js';
import type { XmlElement } from './xml.js';

const XML_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

/** The path of a child: repeatable elements carry their place, so `info/0/category/1`. */
function pathOf(parent: string, rule: ElementRule, index: number): string {
  const own = rule.max === 1 ? rule.name : `${rule.name}/${index}`;
  return parent === '' ? own : `${parent}/${own}`;
}

function nameProblem(child: XmlElement, rules: ElementRule[]): string | undefined {
  if (!rules.some((rule) => rule.name === child.name)) return `unknown element ${child.name.slice(0, 40)}`;
  if (child.namespace !== CAP_NAMESPACE) return `${child.name} is not in the namespace ${CAP_NAMESPACE}`;
  return undefined;
}

function valueProblems(child: XmlElement, rule: ElementRule, path: string): CapProblem[] {
  if (rule.children) return sequenceProblems(child, rule.children, path);
  if (child.children.length > 0) return [{ path, message: 'must be text without elements inside' }];
  const message = rule.check?.(child.text);
  return message === undefined ? [] : [{ path, message }];
}

/** Everything wrong with the elements inside `parent`: unknown, out of order, too many, missing, bad values. */
export function sequenceProblems(parent: XmlElement, rules: ElementRule[], path: string): CapProblem[] {
  const problems: CapProblem[] = [];
  const counts = new Map<string, number>();
  let reached = 0;
  if (parent.text.trim() !== '') problems.push({ path, message: 'has text between its elements' });
  for (const child of parent.children) {
    if (path === '' && child.namespace === XML_SIGNATURE) continue;
    const unknown = nameProblem(child, rules);
    if (unknown !== undefined) {
      problems.push({ path, message: unknown });
      continue;
    }
    const place = rules.findIndex((rule) => rule.name === child.name);
    const rule = rules[place] as ElementRule;
    const count = counts.get(child.name) ?? 0;
    counts.set(child.name, count + 1);
    const childPath = pathOf(path, rule, count);
    if (place < reached)
      problems.push({ path: childPath, message: `is out of order: must come before ${(rules[reached] as ElementRule).name}` });
    reached = Math.max(reached, place);
    if (count + 1 > rule.max) problems.push({ path: childPath, message: 'may be given once only' });
    if (child.attributes.length > 0) problems.push({ path: childPath, message: `CAP has no attribute ${child.attributes[0]}` });
    problems.push(...valueProblems(child, rule, childPath));
  }
  for (const rule of rules) {
    if (rule.min > 0 && !counts.has(rule.name))
      problems.push({ path, message: `missing ${rule.name}${rule.hint ? `: ${rule.hint}` : ''}` });
  }
  return problems;
}
