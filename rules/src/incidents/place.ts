import type { Box, Finding, RuleConfig } from '@safecity/contracts';
import { anchorOf, boxIou, boxShift, boxSize } from '../geometry/boxes.js';

/** Overlap from which two boxes are the same place (inclusive). */
const SAME_PLACE_IOU = 0.3;
/** Or their anchors are this near, as a share of the smaller box's size (inclusive). */
const SAME_PLACE_SHARE = 0.5;
/** Or one is the other with one side stretched or cut short: they have shifted by no more than this (inclusive). */
const SAME_PLACE_SHIFT = 0.3;

/** Where a finding happened: a zone or a line as a whole, or a box in the picture. */
export type Place = { kind: 'zone'; id: string } | { kind: 'box'; box: Box } | { kind: 'camera' } | { kind: 'plate'; text: string };

/** Rules about people in a zone: its place is the zone, whoever is in it. */
const BY_ZONE: ReadonlySet<Finding['type']> = new Set(['intrusion', 'loitering', 'pedestrian-on-road', 'person-down']);

/**
 * Place of a finding for merging. Rules about people who come to a zone or over a line have that as their place, because
 * five people who climb one fence are one alert; a standing vehicle's is its box, because two vehicles that stand apart
 * are two. A plate that is looked for is one thing wherever it is.
 */
export function placeOf(finding: Finding, rule: RuleConfig | undefined): Place {
  if (rule?.type === 'plate-watchlist' && finding.plate?.text) return { kind: 'plate', text: finding.plate.text };
  if (finding.subject.kind === 'zone') return { kind: 'zone', id: finding.subject.id };
  if (rule?.type === 'tripwire') return { kind: 'zone', id: `line:${rule.lineId}` };
  if (rule && BY_ZONE.has(rule.type) && 'zoneId' in rule && rule.zoneId !== undefined) return { kind: 'zone', id: rule.zoneId };
  return finding.box ? { kind: 'box', box: finding.box } : { kind: 'camera' };
}

/** True when two places are the same for merging. */
export function isSamePlace(a: Place, b: Place): boolean {
  if (a.kind === 'zone' && b.kind === 'zone') return a.id === b.id;
  if (a.kind === 'box' && b.kind === 'box') return isSameBox(a.box, b.box);
  if (a.kind === 'plate' && b.kind === 'plate') return a.text === b.text;
  return a.kind === b.kind;
}

function isSameBox(a: Box, b: Box): boolean {
  if (boxIou(a, b) >= SAME_PLACE_IOU) return true;
  if (boxShift(a, b) <= SAME_PLACE_SHIFT) return true;
  const [ax, ay] = anchorOf(a);
  const [bx, by] = anchorOf(b);
  return Math.hypot(ax - bx, ay - by) <= SAME_PLACE_SHARE * Math.min(boxSize(a), boxSize(b));
}
