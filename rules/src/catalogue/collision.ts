import { type Box, CLASS_GROUPS, type Finding, type RuleConfig } from '@safecity/contracts';
import { boxArea, boxSize, intersectionArea } from '../geometry/boxes.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { zoneNameOf } from './level.js';
import { isOnFoot } from './on-foot.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordDuration, wordNumber } from './wording.js';

type CollisionRule = Extract<RuleConfig, { type: 'collision' }>;

/** Box sizes per second from which a vehicle counts as driving when it meets another (inclusive). */
const DRIVING_SPEED = 0.6;
/** The same for the difference of the two speeds, in sizes of the smaller box. */
const CLOSING_SPEED = 0.8;
/** Boxes that share this much of the smaller one touch (inclusive). */
const CONTACT_SHARE = 0.05;
/** From the contact to standstill: slower is braking (inclusive). */
const SUDDEN_STOP_MS = 3000;
/** After the contact the other one is gone from sight, or stands, within this (inclusive). */
const PARTNER_ENDS_MS = 3000;
/** Boxes that touch again within this still are one contact (inclusive). */
const SAME_CONTACT_MS = 1000;
/** A contact that led to nothing within this is forgotten. */
const FORGOTTEN_AFTER_MS = 30_000;
/** People nearer to the vehicle than this, in sizes of its box, are beside it (inclusive). */
const BESIDE_SIZES = 1;

interface Contact {
  /** When they began to touch, and when they did last. */
  atMs: number;
  lastMs?: number;
  partnerId: string;
  partnerClass: ObservedTrack['class'];
  /** Speed at the contact, box sizes per second. */
  speed: number;
  box: Box;
}

interface Suspect {
  /** By partner, the newest contact with each; boxes that touch in frame after frame are one. */
  contacts: Record<string, Contact>;
  /** When it touched anybody last. */
  atMs: number;
  /** Since when it stood when the finding was raised; a later time means that it has moved off. */
  stoodSinceMs: number;
  finding: Finding | null;
}

/** State: vehicles that touched another road user while driving. Dropped with the track. */
export interface CollisionState {
  suspects: Record<string, Suspect>;
  lastMs: number;
}

function inHeights([x1, y1, x2, y2]: Readonly<Box>, aspect: number): Box {
  return [x1 * aspect, y1, x2 * aspect, y2];
}

function isRiderOf(a: ObservedTrack, b: ObservedTrack): boolean {
  const twoWheelers: readonly string[] = CLASS_GROUPS['two-wheeler'];
  return (a.class === 'person' && twoWheelers.includes(b.class)) || (b.class === 'person' && twoWheelers.includes(a.class));
}

/** The road user that `vehicle` touches while both differ in speed; the one it shares most with. */
function contactOf(vehicle: ObservedTrack, observation: Observation): Contact | null {
  const { aspect, nowMs, tracks } = observation;
  const speed = Math.hypot(...vehicle.velocity) / boxSize(inHeights(vehicle.box, aspect));
  if (speed < DRIVING_SPEED) return null;
  let best: Contact | null = null;
  let most = CONTACT_SHARE;
  for (const other of tracks) {
    if (other === vehicle || !other.seen || isRiderOf(vehicle, other)) continue;
    const share = intersectionArea(vehicle.box, other.box) / Math.min(boxArea(vehicle.box), boxArea(other.box));
    if (share < most) continue;
    const smaller = Math.min(boxSize(inHeights(vehicle.box, aspect)), boxSize(inHeights(other.box, aspect)));
    const closing = Math.hypot(vehicle.velocity[0] - other.velocity[0], vehicle.velocity[1] - other.velocity[1]) / smaller;
    if (closing < CLOSING_SPEED) continue;
    most = share;
    best = { atMs: nowMs, partnerId: other.id, partnerClass: other.class, speed, box: [...vehicle.box] };
  }
  return best;
}

/** A contact that goes on keeps its beginning: the filter's speed falls later than the vehicle's own. */
function goneOn(before: Contact | undefined, contact: Contact): Contact {
  const isSame = before && contact.atMs - (before.lastMs ?? before.atMs) <= SAME_CONTACT_MS;
  return isSame ? { ...before, lastMs: contact.atMs } : contact;
}

/** True when the other one's way ended with the contact: gone from sight, or standing since. */
function hasPartnerEnded({ atMs: beganMs, lastMs, partnerId }: Contact, { tracks }: Observation): boolean {
  const atMs = lastMs ?? beganMs;
  const partner = tracks.find(({ id }) => id === partnerId);
  if (!partner) return true;
  if (partner.lastSeenMs - atMs <= PARTNER_ENDS_MS) return true;
  return partner.standingMs > 0 && partner.stillSinceMs >= atMs && partner.stillSinceMs - atMs <= PARTNER_ENDS_MS;
}

/** People on foot beside the vehicle who were not there before the contact. */
function peopleBeside(vehicle: ObservedTrack, contact: Contact, observation: Observation): ObservedTrack[] {
  const { aspect, nowMs, tracks } = observation;
  const box = inHeights(vehicle.box, aspect);
  const reach = BESIDE_SIZES * boxSize(box);
  return tracks.filter((person) => {
    if (person.class !== 'person' || person.firstMs <= contact.atMs || nowMs - person.lastSeenMs > 1000) return false;
    const x = person.anchor[0] * aspect;
    const y = person.anchor[1];
    const dx = Math.max(box[0] - x, 0, x - box[2]);
    const dy = Math.max(box[1] - y, 0, y - box[3]);
    return Math.hypot(dx, dy) <= reach && isOnFoot(person);
  });
}

/**
 * `collision`: road users run into each other.
 *
 * Measures: a vehicle that drives (0.6 sizes of its box a second or more) touches another road user whose speed differs;
 * how long it then takes to stand (ms, at most 3 s), how long it stands (ms, `stillMs`), and how many people on foot
 * appear beside it (`minPeople`); the other one must vanish or stand within 3 s. Source: tracks and the speeds of their
 * filters, so 5 detections a second or more. All of it together, because boxes touch in every queue. Not seen: a crash
 * after which the vehicle leaves, or into something that is no road user. Default classes: road vehicles.
 */
export const collision: RuleFactory<CollisionRule, CollisionState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  const minTrackAgeMs = rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;

  function raise(vehicle: ObservedTrack, contact: Contact, people: ObservedTrack[], { nowMs }: Observation): Finding {
    const stopMs = vehicle.stillSinceMs - contact.atMs;
    const stillMs = nowMs - vehicle.stillSinceMs;
    const speed = wordNumber(contact.speed, 1);
    return makeFinding(rule, camera, {
      subject: { kind: 'track', id: vehicle.id },
      trackIds: [vehicle.id, contact.partnerId, ...people.map(({ id }) => id)],
      class: vehicle.class,
      startMs: contact.atMs,
      raisedAtMs: nowMs,
      confidence: Math.min(1, Math.max(0, vehicle.score)),
      reason: {
        text: sentence(
          (t) =>
            `${t(wordClass(vehicle.class))} chạm ${t(wordClass(contact.partnerClass))} trong vùng «${zoneName}», dừng hẳn sau ${t(wordDuration(stopMs))}, đứng ${t(wordDuration(stillMs))}, ${people.length} người bên cạnh; tốc độ lúc chạm ${t(speed)} cỡ khung/giây`,
          (t) =>
            `${t(wordClass(vehicle.class))} met ${t(wordClass(contact.partnerClass))} in zone “${zoneName}”, stopped within ${t(wordDuration(stopMs))}, standing for ${t(wordDuration(stillMs))}, ${people.length} people beside it; speed at contact ${t(speed)} box sizes/s`,
        ),
        measures: [
          { name: 'stopMs', value: stopMs, comparison: '<=', threshold: SUDDEN_STOP_MS },
          { name: 'stationaryMs', value: stillMs, comparison: '>=', threshold: rule.stillMs },
          { name: 'people', value: people.length, comparison: '>=', threshold: rule.minPeople },
          { name: 'speedBoxSizesPerSecond', value: Math.round(contact.speed * 100) / 100, comparison: '>=', threshold: DRIVING_SPEED },
        ],
      },
      box: [...vehicle.box],
      moments: [
        { name: 'first', atMs: contact.atMs, box: contact.box },
        { name: 'raised', atMs: nowMs, box: [...vehicle.box] },
      ],
    });
  }

  function stepSuspect(suspect: Suspect, vehicle: ObservedTrack, observation: Observation): FindingChange | null {
    if (suspect.finding) {
      const hasMoved = vehicle.seen && vehicle.stillSinceMs > suspect.stoodSinceMs + SUDDEN_STOP_MS;
      return hasMoved ? { phase: 'ended', finding: { ...suspect.finding, endMs: observation.nowMs } } : null;
    }
    const stillMs = observation.nowMs - Math.max(vehicle.stillSinceMs, observation.unbrokenSinceMs);
    if (!vehicle.seen || vehicle.standingMs === 0 || stillMs < rule.stillMs || !vehicle.zoneIds.includes(rule.zoneId)) return null;
    const contact = Object.values(suspect.contacts).find(
      (one) =>
        // What stood already at the contact did not drive then: its box had only changed.
        vehicle.stillSinceMs > one.atMs && vehicle.stillSinceMs - one.atMs <= SUDDEN_STOP_MS && hasPartnerEnded(one, observation),
    );
    if (!contact) return null;
    const people = peopleBeside(vehicle, contact, observation).filter((person) => observation.nowMs - person.firstMs >= minTrackAgeMs);
    if (people.length < rule.minPeople) return null;
    suspect.stoodSinceMs = vehicle.stillSinceMs;
    suspect.finding = raise(vehicle, contact, people, observation);
    return { phase: 'raised', finding: suspect.finding };
  }

  return {
    rule,
    start: () => ({ suspects: {}, lastMs: 0 }),
    step: (state, observation) => {
      const changes: FindingChange[] = [];
      const present = new Map(observation.restarted ? [] : observation.tracks.map((track) => [track.id, track]));
      for (const [id, suspect] of Object.entries(state.suspects)) {
        const vehicle = present.get(id);
        const change = vehicle && stepSuspect(suspect, vehicle, observation);
        if (change) changes.push(change);
        const isOver = !vehicle || change?.phase === 'ended';
        if (!vehicle && suspect.finding) changes.push({ phase: 'ended', finding: { ...suspect.finding, endMs: state.lastMs } });
        if (isOver || (!suspect.finding && observation.nowMs - suspect.atMs > FORGOTTEN_AFTER_MS)) delete state.suspects[id];
      }
      for (const vehicle of observation.tracks) {
        if (!vehicle.seen || !classes.has(vehicle.class) || state.suspects[vehicle.id]?.finding) continue;
        const contact = contactOf(vehicle, observation);
        if (!contact) continue;
        const suspect = state.suspects[vehicle.id] ?? { contacts: {}, atMs: 0, stoodSinceMs: 0, finding: null };
        suspect.contacts[contact.partnerId] = goneOn(suspect.contacts[contact.partnerId], contact);
        suspect.atMs = observation.nowMs;
        state.suspects[vehicle.id] = suspect;
      }
      state.lastMs = observation.nowMs;
      return { state, changes };
    },
  };
};
