import type { RuleTypeId } from '@safecity/contracts';

/** What an event of a topic says in its data, besides what every event of ours says. */
export type TopicData = 'crossed' | 'inside' | 'loitering' | 'count' | 'state';

/** A topic of ONVIF's tree (namespace `tns1`), its levels without namespace, and the shape of its data. */
export interface OnvifTopic {
  levels: readonly [string, ...string[]];
  data: TopicData;
}

const line: OnvifTopic = { levels: ['RuleEngine', 'LineDetector', 'Crossed'], data: 'crossed' };
const field: OnvifTopic = { levels: ['RuleEngine', 'FieldDetector', 'ObjectsInside'], data: 'inside' };
const occupancy: OnvifTopic = { levels: ['RuleEngine', 'CountAggregation', 'OccupancyCounter'], data: 'count' };

const STANDARD: Partial<Record<RuleTypeId, OnvifTopic>> = {
  tripwire: line,
  'stop-line': line,
  'red-light': line,
  intrusion: field,
  'pedestrian-on-road': field,
  'pavement-riding': field,
  'emergency-lane': field,
  loitering: { levels: ['RuleEngine', 'LoiteringDetector', 'ObjectIsLoitering'], data: 'loitering' },
  'abandoned-object': { levels: ['RuleEngine', 'ObjectAbandoned'], data: 'state' },
  'crowd-occupancy': occupancy,
  queue: occupancy,
  'camera-offline': { levels: ['VideoSource', 'SignalLoss'], data: 'state' },
  'camera-covered': { levels: ['VideoSource', 'GlobalSceneChange', 'AnalyticsService'], data: 'state' },
  'camera-moved': { levels: ['VideoSource', 'GlobalSceneChange', 'AnalyticsService'], data: 'state' },
  'camera-defocused': { levels: ['VideoSource', 'ImageTooBlurry', 'AnalyticsService'], data: 'state' },
};

/** Namespace of topics for which ONVIF has none. */
export const OWN_TOPICS = { prefix: 'tnssafecity', uri: 'urn:safecity:onvif-topics:1' } as const;

/** `wrong-way-driver` → `tnssafecity:WrongWayDriver`: a name of ours below ONVIF's rule engine, as the standard provides for. */
function ownTopic(type: RuleTypeId): OnvifTopic {
  const name = type.replaceAll(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return { levels: ['RuleEngine', `${OWN_TOPICS.prefix}:${name}`], data: 'state' };
}

/** The topic of a type of finding: ONVIF's own (Analytics Service Specification, annex A; Imaging), else one of ours. */
export const topicOf = (type: RuleTypeId): OnvifTopic => STANDARD[type] ?? ownTopic(type);
