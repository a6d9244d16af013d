import { type AnchorPoint, type CameraConfig, type Counts, type Finding, presetOfRule } from '@safecity/contracts';
import { createRule, ruleDefinition } from '../catalogue/index.js';
import type { AttributesSeen, FindingChange, Observation, PlateSeen, RuleMachine, RuleStep } from '../catalogue/rule-machine.js';
import { withAnchor } from './observation.js';
import { scheduleClock } from './schedule.js';

/** What is remembered of one rule: its state, and what the rule was when that state was made. */
export interface RuleSlot {
  definition: string;
  state: unknown;
  /** Capture time since when its schedule has it on and the camera stands at its preset; 0 without either, null while it is off. */
  onSinceMs: number | null;
}

interface PreparedRule {
  machine: RuleMachine;
  definition: string;
  anchor: AnchorPoint;
  /** It has a schedule, or belongs to a preset. */
  isConditional: boolean;
  isOn(atMs: number, standsAt: string | null): boolean;
}

interface SlotsState {
  lastMs: number | null;
  rules: Record<string, RuleSlot>;
  openFindings: Record<string, Finding>;
  candidates: Record<string, Finding>;
}

/**
 * The rules of a camera with the options that all of them have: when they are on, and which point of a box they test.
 *
 * A rule outside its schedule, or while the camera does not stand at its preset, sees nothing: what went on ends, nothing
 * begins, and when it is on again dwell counts from that moment.
 */
export class RuleSlots {
  private readonly rules = new Map<string, PreparedRule>();

  constructor(private readonly camera: Pick<CameraConfig, 'zones'>) {}

  static of(camera: CameraConfig): RuleSlots {
    const slots = new RuleSlots(camera);
    for (const rule of camera.rules) {
      if (!rule.enabled) continue;
      const presetId = presetOfRule(rule, camera);
      const isTime = scheduleClock(rule.schedule);
      slots.rules.set(rule.id, {
        machine: createRule(rule, camera),
        definition: ruleDefinition(rule, camera),
        anchor: rule.anchor ?? 'bottom-centre',
        isConditional: rule.schedule !== undefined || presetId !== undefined,
        isOn: (atMs, standsAt) => (presetId === undefined || presetId === standsAt) && isTime(atMs),
      });
    }
    return slots;
  }

  /** Fits the states to the rules in force: new ones start, those that are gone or changed end their findings. Mutates `state`. */
  adopt(state: SlotsState): FindingChange[] {
    const changes: FindingChange[] = [];
    for (const [ruleId, slot] of Object.entries(state.rules)) {
      if (this.rules.get(ruleId)?.definition === slot.definition) continue;
      delete state.rules[ruleId];
      for (const finding of Object.values(state.candidates)) if (finding.ruleId === ruleId) changes.push({ phase: 'dropped', finding });
      for (const finding of Object.values(state.openFindings)) {
        if (finding.ruleId === ruleId) changes.push({ phase: 'ended', finding: { ...finding, endMs: state.lastMs ?? finding.raisedAtMs } });
      }
    }
    for (const [ruleId, { machine, definition, isConditional }] of this.rules)
      state.rules[ruleId] ??= { definition, state: machine.start(), onSinceMs: isConditional ? null : 0 };
    return changes;
  }

  /**
   * Moves every rule on by one frame. Mutates the slots.
   * @param standsAt preset at which the camera stands; null: at none that is known
   */
  step(slots: Record<string, RuleSlot>, observation: Observation, standsAt: string | null): Required<Omit<RuleStep, 'state'>> {
    const said = { changes: [] as FindingChange[], counts: [] as Counts[], crossings: [] as NonNullable<RuleStep['crossings']> };
    const views = new Map<AnchorPoint, Observation>();
    for (const [ruleId, rule] of this.rules) {
      const slot = slots[ruleId];
      if (!slot) continue;
      const view = views.get(rule.anchor) ?? withAnchor(observation, rule.anchor, this.camera.zones);
      views.set(rule.anchor, view);
      const result = stepRule(rule, slot, view, standsAt);
      if (!result) continue;
      slot.state = result.state;
      if (result.changes.length > 0) said.changes.push(...result.changes);
      if (result.counts) said.counts.push(...result.counts);
      if (result.crossings) said.crossings.push(...result.crossings);
    }
    return said;
  }

  /** Tells the rules that are on of a vehicle's plate. Mutates the slots. */
  takePlate(slots: Record<string, RuleSlot>, seen: PlateSeen, standsAt: string | null): FindingChange[] {
    return [...this.rules].flatMap(([ruleId, { machine, isOn }]) => {
      const slot = slots[ruleId];
      return slot && machine.takePlate && isOn(seen.plate.atMs, standsAt) ? machine.takePlate(slot.state, seen) : [];
    });
  }

  /** Tells the rules that are on of what was told of a track. Mutates the slots. */
  takeAttributes(slots: Record<string, RuleSlot>, seen: AttributesSeen, standsAt: string | null): FindingChange[] {
    return [...this.rules].flatMap(([ruleId, { machine, isOn }]) => {
      const slot = slots[ruleId];
      return slot && machine.takeAttributes && isOn(seen.atMs, standsAt) ? machine.takeAttributes(slot.state, seen) : [];
    });
  }

  /** What counting rules have counted in intervals that are not over. */
  countsSoFar(slots: Record<string, RuleSlot>): Counts[] {
    return [...this.rules].flatMap(([ruleId, { machine }]) => machine.countsSoFar?.(slots[ruleId]?.state) ?? []);
  }
}

function stepRule(rule: PreparedRule, slot: RuleSlot, observation: Observation, standsAt: string | null): RuleStep | undefined {
  const { machine } = rule;
  if (!rule.isConditional) return machine.step(slot.state, observation);
  const wasOn = slot.onSinceMs !== null;
  if (!rule.isOn(observation.nowMs, standsAt)) {
    slot.onSinceMs = null;
    return wasOn ? machine.step(slot.state, { ...observation, restarted: true, tracks: [] }) : undefined;
  }
  slot.onSinceMs ??= observation.nowMs;
  return machine.step(slot.state, {
    ...observation,
    restarted: observation.restarted || !wasOn,
    unbrokenSinceMs: Math.max(observation.unbrokenSinceMs, slot.onSinceMs),
  });
}
