import { createHash } from 'node:crypto';
import type { RuleTypeId } from '@safecity/contracts';
import type { Alert } from '../alerts/alert-schemas.js';
import { type TopicData, topicOf } from './onvif-topics.js';

/** An alert that a rule raised about what a camera shows: ONVIF's events tell of nothing else. */
export type DetectedAlert = Alert & { cameraId: string; type: RuleTypeId };

/** False for what people opened by hand; centres are told of that by messages of their own. */
export const isDetected = (alert: Alert): alert is DetectedAlert => alert.byHand === null && alert.cameraId !== null;

/** One event as ONVIF knows it: simple items by name. */
export interface OnvifEvent {
  levels: readonly string[];
  utcTime: string;
  source: Record<string, string>;
  data: Record<string, string>;
}

/** Rule events have all three, video source events the first alone. */
const VIDEO_SOURCE = '1';

/** ONVIF numbers objects, we name tracks: 31 bits of a hash of the name, the same in metadata and events. */
export function objectIdOf(trackId: string): string {
  return String(createHash('sha256').update(trackId).digest().readUInt32BE() >>> 1);
}

const utc = (atMs: number): string => new Date(atMs).toISOString();

/** The measured value of a reason that counts something: that of its first measure. */
const countOf = (alert: Alert): string => String(Math.round(alert.reason.measures[0]?.value ?? 0));

const DATA: Record<TopicData, (alert: Alert, active: string) => Record<string, string>> = {
  crossed: () => ({}),
  inside: (_alert, active) => ({ IsInside: active }),
  loitering: (alert, active) => ({ Since: utc(alert.startMs), State: active }),
  count: (alert) => ({ Count: countOf(alert) }),
  state: (_alert, active) => ({ State: active }),
};

/**
 * What an alert says now, as an ONVIF event. Every change of an alert gives one that tells the whole: `AlertId` ties them
 * together, and a repeat changes nothing. Plates are left out.
 */
export function onvifEvent(alert: DetectedAlert): OnvifEvent {
  const topic = topicOf(alert.type);
  const [lead] = alert.findings;
  const [trackId] = lead?.trackIds ?? [];
  const active = alert.ongoing && alert.state !== 'false-alarm' && alert.state !== 'resolved';
  const rule = topic.levels[0] === 'RuleEngine';
  return {
    levels: topic.levels,
    utcTime: utc(alert.updatedMs),
    source: rule
      ? { VideoSource: VIDEO_SOURCE, AnalyticsConfiguration: VIDEO_SOURCE, Rule: lead?.ruleId ?? alert.type }
      : { VideoSource: VIDEO_SOURCE },
    data: {
      ...(trackId === undefined ? {} : { ObjectId: objectIdOf(trackId) }),
      ...DATA[topic.data](alert, String(active)),
      ...(lead?.class === undefined ? {} : { ClassTypes: lead.class }),
      Type: alert.type,
      Severity: alert.severity,
      AlertId: alert.id,
      AlertState: alert.state,
      Active: String(active),
      Simulated: String(alert.simulated),
    },
  };
}
