import { type Static, type TSchema, Type } from 'typebox';
import type { RuleTypeId } from '../rule-types.js';
import { CrowdOccupancyRule } from './crowd.js';
import { StalledVehicleRule } from './incident.js';
import { IntrusionRule } from './security.js';
import { RedLightRule } from './traffic.js';

/** Any configured rule; `type` tells which. */
export const RuleConfig = Type.Union([CrowdOccupancyRule, IntrusionRule, StalledVehicleRule, RedLightRule]);
export type RuleConfig = Static<typeof RuleConfig>;

/** Rule type → its schema, so that a rule is checked against its own type alone. Types that no camera configures are absent. */
export const RULE_SCHEMAS: Partial<Record<RuleTypeId, TSchema>> = Object.fromEntries(
  [CrowdOccupancyRule, IntrusionRule, StalledVehicleRule, RedLightRule].map((schema) => [schema.properties.type.const, schema]),
);
