import { type CameraConfig, cameraAtPreset, presetOfRule, type RuleConfig, ruleReferences } from '@safecity/contracts';
import { abandonedObject } from './abandoned-object.js';
import { collision } from './collision.js';
import { congestion } from './congestion.js';
import { crowdDensity } from './crowd-density.js';
import { crowdDispersal } from './crowd-dispersal.js';
import { crowdOccupancy } from './crowd-occupancy.js';
import { crowdSurge } from './crowd-surge.js';
import { emergencyLane } from './emergency-lane.js';
import { fireOrSmoke } from './fire-smoke.js';
import { illegalStop } from './illegal-stop.js';
import { illegalTurn } from './illegal-turn.js';
import { intrusion } from './intrusion.js';
import { lineCount } from './line-count.js';
import { loitering } from './loitering.js';
import { noHelmet } from './no-helmet.js';
import { occupancy } from './occupancy.js';
import { pavementRiding } from './pavement-riding.js';
import { pedestrianOnRoad } from './pedestrian-on-road.js';
import { personDown } from './person-down.js';
import { plateWatchlist } from './plate-watchlist.js';
import { queue } from './queue.js';
import { redLight } from './red-light.js';
import type { RuleFactory, RuleMachine } from './rule-machine.js';
import { speeding } from './speeding.js';
import { stalledVehicle } from './stalled-vehicle.js';
import { stopLine } from './stop-line.js';
import { tripwire } from './tripwire.js';
import { wrongLane } from './wrong-lane.js';
import { wrongWay } from './wrong-way.js';
import { wrongWayDriver } from './wrong-way-driver.js';

/** Rule type → the factory of its machine: one file each in this folder. */
const FACTORIES: Record<RuleConfig['type'], RuleFactory<never, unknown>> = {
  'abandoned-object': abandonedObject,
  collision,
  congestion,
  'crowd-density': crowdDensity,
  'crowd-dispersal': crowdDispersal,
  'crowd-occupancy': crowdOccupancy,
  'crowd-surge': crowdSurge,
  'emergency-lane': emergencyLane,
  fire: fireOrSmoke,
  'illegal-stop': illegalStop,
  'illegal-turn': illegalTurn,
  intrusion,
  'line-count': lineCount,
  loitering,
  'no-helmet': noHelmet,
  occupancy,
  'pavement-riding': pavementRiding,
  'pedestrian-on-road': pedestrianOnRoad,
  'person-down': personDown,
  'plate-watchlist': plateWatchlist,
  queue,
  'red-light': redLight,
  smoke: fireOrSmoke,
  speeding,
  'stalled-vehicle': stalledVehicle,
  'stop-line': stopLine,
  tripwire,
  'wrong-lane': wrongLane,
  'wrong-way': wrongWay,
  'wrong-way-driver': wrongWayDriver,
};

/** The machine of one configured rule; it knows of the geometry and calibration that hold where it runs. */
export function createRule(rule: RuleConfig, camera: CameraConfig): RuleMachine {
  return FACTORIES[rule.type](rule as never, cameraAtPreset(camera, presetOfRule(rule, camera)));
}

/**
 * Everything that a rule's behaviour depends on, as text: the rule with the zones, lines, lanes and signals it names, their
 * preset, and the calibration. While it stays the same a new camera revision does not disturb the rule.
 */
export function ruleDefinition(rule: RuleConfig, camera: CameraConfig): string {
  const parts = ruleReferences(rule).map(({ list, id }) => camera[list].find((part) => part.id === id) ?? null);
  return JSON.stringify([rule, parts, camera.calibration ?? null]);
}
