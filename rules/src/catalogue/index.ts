import type { CameraConfig, RuleConfig } from '@safecity/contracts';
import { crowdOccupancy } from './crowd-occupancy.js';
import { intrusion } from './intrusion.js';
import { redLight } from './red-light.js';
import type { RuleMachine } from './rule-machine.js';
import { stalledVehicle } from './stalled-vehicle.js';

/** The machine of one configured rule. */
export function createRule(rule: RuleConfig, camera: CameraConfig): RuleMachine {
  switch (rule.type) {
    case 'crowd-occupancy':
      return crowdOccupancy(rule, camera) as RuleMachine;
    case 'intrusion':
      return intrusion(rule, camera) as RuleMachine;
    case 'stalled-vehicle':
      return stalledVehicle(rule, camera) as RuleMachine;
    case 'red-light':
      return redLight(rule, camera) as RuleMachine;
  }
}

/**
 * Everything that a rule's behaviour depends on, as text: the rule with the zone, line and signal it names. While it
 * stays the same a new camera revision does not disturb the rule.
 */
export function ruleDefinition(rule: RuleConfig, camera: CameraConfig): string {
  const named = rule as { zoneId?: string; lineId?: string; signalId?: string };
  return JSON.stringify([
    rule,
    camera.zones.find(({ id }) => id === named.zoneId) ?? null,
    camera.lines.find(({ id }) => id === named.lineId) ?? null,
    camera.signals.find(({ id }) => id === named.signalId) ?? null,
  ]);
}
