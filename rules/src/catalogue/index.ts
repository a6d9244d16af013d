import { type CameraConfig, type RuleConfig, ruleReferences } from '@safecity/contracts';
import { crowdOccupancy } from './crowd-occupancy.js';
import { intrusion } from './intrusion.js';
import { redLight } from './red-light.js';
import type { RuleFactory, RuleMachine } from './rule-machine.js';
import { stalledVehicle } from './stalled-vehicle.js';

/** Rule type → the factory of its machine: one file each in this folder. */
const FACTORIES: Record<RuleConfig['type'], RuleFactory<never, unknown>> = {
  'crowd-occupancy': crowdOccupancy,
  intrusion,
  'red-light': redLight,
  'stalled-vehicle': stalledVehicle,
};

/** The machine of one configured rule. */
export function createRule(rule: RuleConfig, camera: CameraConfig): RuleMachine {
  return FACTORIES[rule.type](rule as never, camera);
}

/**
 * Everything that a rule's behaviour depends on, as text: the rule with the zones, lines, lanes and signals it names, and
 * the calibration. While it stays the same a new camera revision does not disturb the rule.
 */
export function ruleDefinition(rule: RuleConfig, camera: CameraConfig): string {
  const parts = ruleReferences(rule).map(({ list, id }) => camera[list].find((part) => part.id === id) ?? null);
  return JSON.stringify([rule, parts, camera.calibration ?? null]);
}
