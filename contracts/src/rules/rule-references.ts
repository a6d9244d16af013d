import type { RuleConfig } from './index.js';

/** Members of a rule that name parts of the camera: `zoneId`, `entryLineId`, `laneIds` ... → the list they name. */
const REFERENCES = [
  { pattern: /^zoneIds?$|ZoneIds?$/, list: 'zones' },
  { pattern: /^lineIds?$|LineIds?$/, list: 'lines' },
  { pattern: /^laneIds?$|LaneIds?$/, list: 'lanes' },
  { pattern: /^signalIds?$|SignalIds?$/, list: 'signals' },
] as const;

/** Every part of the camera that a rule names, whether it exists or not. */
export function ruleReferences(rule: RuleConfig): { key: string; list: 'zones' | 'lines' | 'lanes' | 'signals'; id: string }[] {
  return referencesIn(rule);
}

type RuleReference = ReturnType<typeof ruleReferences>[number];

function referencesIn(part: object, path = ''): RuleReference[] {
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) => {
    const key = `${path}${name}`;
    const reference = REFERENCES.find(({ pattern }) => pattern.test(name));
    if (reference && value !== undefined) return [value].flat().map((id) => ({ key, list: reference.list, id: String(id) }));
    if (!Array.isArray(value)) return [];
    return value.flatMap((item: unknown, index) =>
      typeof item === 'object' && item !== null && !Array.isArray(item) ? referencesIn(item, `${key}/${index}/`) : [],
    );
  });
}
