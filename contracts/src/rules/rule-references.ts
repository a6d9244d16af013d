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
  return Object.entries(rule).flatMap(([key, value]) => {
    const reference = REFERENCES.find(({ pattern }) => pattern.test(key));
    if (!reference || value === undefined) return [];
    return [value].flat().map((id) => ({ key, list: reference.list, id: String(id) }));
  });
}
