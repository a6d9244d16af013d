import { alertTypeFacts, deriveId, type Severity } from '@safecity/contracts';
import type { CapAlert, CapCertainty, CapInfo, CapReference, CapResource, CapSeverity } from '@safecity/contracts/cap';
import type { AlertRecord, HandSource } from '../alerts/alert-record.js';
import type { EvidenceRow } from '../alerts/alert-rows.js';
import type { DeliveryCause, DeliverySnapshot } from '../deliveries/plan.js';
import type { SiteFacts } from '../site/settings.js';
import { capTime } from './cap-time.js';

type Language = 'vi' | 'en';

/** A picture as it was stored, and its masked copy when that was made before the message was rendered. */
export type CapPicture = EvidenceRow & { masked: { sizeBytes: number; sha1: string; sha256: string } | null };

/** Everything a message is made from. The same input gives the same message. */
export interface CapSource {
  destination: { id: string; mode: 'exercise' | 'actual'; expiresAfterMs: number };
  site: SiteFacts;
  /** Address of this server as others reach it, without a slash at the end. */
  publicUrl: string;
  alertId: string;
  sequence: number;
  messageType: 'Alert' | 'Update' | 'Cancel';
  cause: DeliveryCause;
  snapshot: DeliverySnapshot;
  pictures: CapPicture[];
  /** Messages about this alert that went to the same destination before, oldest first. */
  references: CapReference[];
  nowMs: number;
}

const SEVERITIES: Record<Severity, CapSeverity> = { critical: 'Extreme', high: 'Severe', medium: 'Moderate', low: 'Minor' };

/** Radius around the camera, or the place that was told, within which the incident lies. */
const AREA_RADIUS_KM = 0.1;

const LANGUAGE_TAGS: Record<Language, string> = { vi: 'vi-VN', en: 'en-US' };

const NOTES = {
  simulated:
    'DIỄN TẬP: cảnh báo sinh từ bản ghi hình phát lại, không phải tình huống thật. EXERCISE: raised by a replayed recording, not a real emergency.',
  drill: (name: string) =>
    `DIỄN TẬP: ${name}. Sự cố giả định, không phải tình huống thật. EXERCISE: ${name}. An assumed incident, not a real emergency.`,
  exercise: 'DIỄN TẬP: kênh này đang ở chế độ diễn tập. EXERCISE: this channel is in exercise mode.',
};

const WORDS = {
  vi: {
    over: (time: string) => `Đã kết thúc lúc ${time}.`,
    cancelled: 'Báo động giả, trực ban đã hủy.',
    request: 'Đề nghị xác minh qua hình ảnh và điều lực lượng khi cần.',
    done: 'Không cần thêm hành động.',
    camera: 'Camera',
    also: 'Đồng thời',
    seenBy: 'Camera cùng thấy',
    mergedInto: (alertId: string) => `Đã gộp vào sự cố ${alertId}.`,
    merged: 'Đã gộp',
    unacknowledged: (seconds: number) => `Sau ${seconds} giây vẫn chưa có trực ban nào tiếp nhận.`,
    ended: 'Kết thúc',
    falseAlarm: 'Báo động giả',
    picture: 'Ảnh',
    told: { seen: 'Trực ban quan sát thấy', 'phone-call': 'Tin báo qua điện thoại' } satisfies Record<HandSource, string>,
    drill: (name: string) => `DIỄN TẬP (${name}): không phải tình huống thật.`,
  },
  en: {
    over: (time: string) => `Over since ${time}.`,
    cancelled: 'False alarm, cancelled by the operator on duty.',
    request: 'Please verify by the pictures and send units if needed.',
    done: 'No further action is needed.',
    camera: 'Camera',
    also: 'Also',
    seenBy: 'Cameras that see it too',
    mergedInto: (alertId: string) => `Merged into incident ${alertId}.`,
    merged: 'Merged',
    unacknowledged: (seconds: number) => `No operator has acknowledged it for ${seconds} s.`,
    ended: 'Over',
    falseAlarm: 'False alarm',
    picture: 'Picture',
    told: { seen: 'Seen by the operator on duty', 'phone-call': 'Reported by telephone' } satisfies Record<HandSource, string>,
    drill: (name: string) => `EXERCISE (${name}): not a real emergency.`,
  },
} as const;

/** Nothing is left to do about this incident by itself: it has ended, it never was, or it goes on as part of another. */
const isOver = (source: CapSource): boolean =>
  source.snapshot.message.phase === 'closed' || source.messageType === 'Cancel' || isMerged(source);

const isMerged = ({ snapshot }: CapSource): boolean => snapshot.message.mergedInto !== undefined;

/**
 * What a person saw, was told or has verified is Observed; an unverified score above 0.5 is CAP's Likely, up to it Possible; a false
 * alarm is Unlikely.
 */
function certaintyOf(source: CapSource): CapCertainty {
  if (source.messageType === 'Cancel') return 'Unlikely';
  const { message, verifiedBy } = source.snapshot;
  if (verifiedBy !== null || message.byHand) return 'Observed';
  return (message.confidence ?? 0) > 0.5 ? 'Likely' : 'Possible';
}

function urgencyOf(source: CapSource): CapInfo['urgency'] {
  if (isOver(source)) return 'Past';
  const { severity } = source.snapshot.message;
  return severity === 'critical' || severity === 'high' ? 'Immediate' : 'Expected';
}

/**
 * The end of an incident is an Update with AllClear: it was real. Cancel is kept for what never was. What is told with another
 * incident is not over, so it is no AllClear: nothing is to be done about it here.
 */
function responseTypeOf(source: CapSource): CapInfo['responseTypes'][number] {
  if (source.messageType === 'Cancel' || isMerged(source)) return 'None';
  return isOver(source) ? 'AllClear' : 'Assess';
}

function eventCodes({ type }: AlertRecord): CapInfo['eventCodes'] {
  const { apcoCode } = alertTypeFacts(type);
  const own = { valueName: 'urn:safecity:incident-type', value: type };
  return apcoCode === undefined ? [own] : [own, { valueName: 'APCO-NENA-2.103', value: apcoCode }];
}

function headline(source: CapSource, language: Language): string {
  const { message, cameraName, place } = source.snapshot;
  const words = WORDS[language];
  const ending = source.messageType === 'Cancel' ? words.falseAlarm : isMerged(source) ? words.merged : isOver(source) ? words.ended : null;
  const event = alertTypeFacts(message.type).name[language];
  return [ending === null ? event : `${ending}: ${event}`, place ?? cameraName].join(' – ');
}

function description(source: CapSource, language: Language): string {
  const { message, cameraName, unacknowledgedS } = source.snapshot;
  const words = WORDS[language];
  const teller = message.byHand ? words.told[message.byHand.source] : null;
  const camera = message.cameraId === undefined ? null : `${words.camera} ${cameraName} (${message.cameraId})`;
  const parts = [`${[teller, camera].filter(Boolean).join(' – ')}: ${message.reason.text[language]}`];
  if (message.byHand?.drill) parts.unshift(words.drill(message.byHand.drill.name));
  const also = new Set(message.findings.flatMap(({ type }) => (type === message.type ? [] : [alertTypeFacts(type).name[language]])));
  if (also.size > 0) parts.push(`${words.also}: ${[...also].join(', ')}.`);
  const cameras = new Set((message.attached ?? []).map(({ cameraId }) => cameraId));
  if (cameras.size > 0) parts.push(`${words.seenBy}: ${[...cameras].join(', ')}.`);
  if (unacknowledgedS !== undefined) parts.push(words.unacknowledged(unacknowledgedS));
  if (source.messageType === 'Cancel') parts.push(words.cancelled);
  else if (message.mergedInto !== undefined) parts.push(words.mergedInto(message.mergedInto));
  else if (isOver(source)) parts.push(words.over(capTime(message.endMs ?? message.updatedMs, source.site.zoneOffsetMinutes)));
  return parts.join('\n');
}

function parameters(source: CapSource): CapInfo['parameters'] {
  const { message, verifiedBy, reasonCode, unacknowledgedS } = source.snapshot;
  const values: [string, string | null][] = [
    ['confidence', message.confidence?.toFixed(2) ?? null],
    ['cameraId', message.cameraId ?? null],
    ['reportedBy', message.byHand?.source ?? null],
    ['verifiedBy', verifiedBy === null ? (message.byHand ? 'operator' : 'none') : `operator:${verifiedBy}`],
    ['alertId', source.alertId],
    ['simulated', message.simulated ? 'true' : null],
    ['falseAlarmReason', reasonCode],
    ['unacknowledgedS', unacknowledgedS === undefined ? null : String(unacknowledgedS)],
    ...message.reason.measures.map((measure): [string, string] => [
      measure.name,
      `${measure.value} ${measure.comparison} ${measure.threshold}`,
    ]),
    ...source.pictures.map((picture): [string, string] => ['sha256', `${picture.file} ${picture.sha256}`]),
  ];
  return values.flatMap(([valueName, value]) => (value === null ? [] : [{ valueName, value }]));
}

function resources(source: CapSource, language: Language): CapResource[] {
  return source.pictures.map((picture) => ({
    resourceDesc: `${WORDS[language].picture} ${picture.moment} ${capTime(picture.captured_at_ms, source.site.zoneOffsetMinutes)}`,
    mimeType: 'image/jpeg',
    uri: `${source.publicUrl}/api/v1/alerts/${source.alertId}/evidence/${picture.file}`,
    // The address gives the masked copy: size and digest are its, or left out while it is still to be made.
    ...(picture.masked ? { sizeBytes: picture.masked.sizeBytes, digest: picture.masked.sha1 } : {}),
  }));
}

function areas({ snapshot }: CapSource): CapInfo['areas'] {
  const { location, place, cameraName } = snapshot;
  const circles = location ? [{ ...location, radiusKm: AREA_RADIUS_KM }] : [];
  return [{ areaDesc: place ?? cameraName ?? '', polygons: [], circles, geocodes: [] }];
}

function info(source: CapSource, language: Language): CapInfo {
  const { site, nowMs, destination } = source;
  const { message } = source.snapshot;
  const facts = alertTypeFacts(message.type);
  return {
    language: LANGUAGE_TAGS[language],
    categories: [...facts.capCategories],
    event: facts.name[language],
    responseTypes: [responseTypeOf(source)],
    urgency: urgencyOf(source),
    severity: SEVERITIES[message.severity],
    certainty: certaintyOf(source),
    eventCodes: eventCodes(message),
    onset: capTime(message.startMs, site.zoneOffsetMinutes),
    expires: capTime(nowMs + destination.expiresAfterMs, site.zoneOffsetMinutes),
    senderName: site.senderName[language],
    headline: headline(source, language),
    description: description(source, language),
    instruction: isOver(source) ? WORDS[language].done : WORDS[language].request,
    parameters: parameters(source),
    resources: resources(source, language),
    areas: areas(source),
  };
}

/** A drill must never look like an emergency: Actual needs a destination in actual mode, a camera that is no replay, and no drill. */
function statusOf({ destination, snapshot }: CapSource): Pick<CapAlert, 'status' | 'note'> {
  const { byHand } = snapshot.message;
  if (byHand?.drill) return { status: 'Exercise', note: NOTES.drill(byHand.drill.name) };
  if (snapshot.message.simulated) return { status: 'Exercise', note: NOTES.simulated };
  if (destination.mode === 'exercise') return { status: 'Exercise', note: NOTES.exercise };
  return { status: 'Actual' };
}

/** The identifier is derived, so that even a message rendered twice would be the same message to its receiver. */
export function capIdentifier(destinationId: string, alertId: string, sequence: number): string {
  return `urn:uuid:${deriveId('cap', destinationId, alertId, sequence)}`;
}

/** The alerts that are one incident with this one, so that a receiver which got them before can tie them together. */
function incidentsWith({ attached = [], mergedInto }: AlertRecord): string[] {
  return mergedInto === undefined ? attached.map(({ alertId }) => alertId) : [mergedInto];
}

/** Who raised it, without names. */
function originOf({ byHand, findings: [first], type }: AlertRecord): string {
  return byHand ? 'operator-report' : `video-analytics/rule:${first?.ruleId ?? type}/revision:${first?.configRevision ?? 0}`;
}

function codesOf({ byHand, simulated }: AlertRecord): string[] {
  return [byHand ? 'OPERATOR-OPENED' : 'AUTO-DETECTED', ...(simulated ? ['SIMULATED'] : []), ...(byHand?.drill ? ['DRILL'] : [])];
}

/** The CAP 1.2 message for one delivery: Vietnamese first, English beside it. */
export function capMessage(source: CapSource): CapAlert {
  const { site, alertId, snapshot } = source;
  return {
    identifier: capIdentifier(source.destination.id, alertId, source.sequence),
    sender: site.sender,
    sent: capTime(source.nowMs, site.zoneOffsetMinutes),
    ...statusOf(source),
    msgType: source.messageType,
    source: originOf(snapshot.message),
    scope: 'Restricted',
    restriction: site.restriction,
    addresses: [],
    codes: codesOf(snapshot.message),
    references: source.references,
    incidents: [alertId, ...incidentsWith(snapshot.message)],
    infos: [info(source, 'vi'), info(source, 'en')],
  };
}
