import { type Static, type TSchema, Type } from 'typebox';
import type { RuleTypeId } from '../rule-types.js';
import { LineCountRule, OccupancyRule } from './counting.js';
import { CrowdDensityRule, CrowdDispersalRule, CrowdOccupancyRule, CrowdSurgeRule, LoiteringRule, QueueRule } from './crowd.js';
import {
  AbandonedObjectRule,
  CollisionRule,
  CongestionRule,
  FireRule,
  PedestrianOnRoadRule,
  PersonDownRule,
  SmokeRule,
  StalledVehicleRule,
} from './incident.js';
import { IntrusionRule, PlateWatchlistRule, TripwireRule } from './security.js';
import {
  EmergencyLaneRule,
  IllegalStopRule,
  IllegalTurnRule,
  NoHelmetRule,
  PavementRidingRule,
  RedLightRule,
  SpeedingRule,
  StopLineRule,
  WrongLaneRule,
  WrongWayDriverRule,
  WrongWayRule,
} from './traffic.js';

const RULES = [
  LineCountRule,
  OccupancyRule,
  CrowdDensityRule,
  CrowdDispersalRule,
  CrowdOccupancyRule,
  CrowdSurgeRule,
  LoiteringRule,
  QueueRule,
  AbandonedObjectRule,
  CollisionRule,
  CongestionRule,
  FireRule,
  PedestrianOnRoadRule,
  PersonDownRule,
  SmokeRule,
  StalledVehicleRule,
  IntrusionRule,
  TripwireRule,
  PlateWatchlistRule,
  RedLightRule,
  WrongWayRule,
  WrongWayDriverRule,
  EmergencyLaneRule,
  PavementRidingRule,
  NoHelmetRule,
  IllegalStopRule,
  StopLineRule,
  IllegalTurnRule,
  WrongLaneRule,
  SpeedingRule,
] as const;

/** Any configured rule; `type` tells which. */
export const RuleConfig = Type.Union([...RULES]);
export type RuleConfig = Static<typeof RuleConfig>;

/** Rule type → its schema, so that a rule is checked against its own type alone. Types that no camera configures are absent. */
export const RULE_SCHEMAS: Partial<Record<RuleTypeId, TSchema>> = Object.fromEntries(
  RULES.map((schema) => [schema.properties.type.const, schema]),
);
