import { LAMP_STATES, type LampState } from '@safecity/contracts';

/** What one lamp shows in one picture. */
export interface LampLook {
  /** How strongly its most coloured quarter leans to red, yellow and green, 0..1 each. */
  lean: Record<LampState, number>;
  /** Mean of the greatest colour value of each pixel, 0..1. */
  brightness: number;
}

/** How a lamp looks while it is not lit, learnt while another one is. */
export interface UnlitLook {
  lean: number;
  brightness: number;
}

/** What a whole head shows in one picture: the lit lamp, none, or `hidden` when something stands before it or nothing is clear. */
export interface HeadLook {
  lit: LampState | 'none' | 'hidden';
  /** 0..1; how clearly the lit lamp stands out by its colour, and how far the next one is behind. */
  confidence: number;
  /** By how much the lit lamp leans more to its colour than the rest, 0..1; 0 when none is lit. */
  lead: number;
}

/** The lamp that was lit in the look before, and its usual lead. */
export interface HeldLamp {
  state: LampState;
  lead: number;
}

/** A lamp leans at least so much more to its colour than the others do, and than it does unlit, when it is lit. */
const LEAST_LEAD = 0.06;
/**
 * The lamp that was lit just before stays so down to this lead, one at the limit must not flicker; and down to this share of
 * what its lead was, because a compressed picture lets a lamp that went out fade.
 */
const LEAST_LEAD_HELD = 0.035;
const HELD_SHARE = 0.5;
/** A lead with which a lamp is lit beyond doubt. */
const FULL_LEAD = 0.25;
/** The next lamp's lead is at most this share of the lit one's, or both count as lit. */
const CLEAR_SHARE = 0.6;
/** A lamp brighter than unlit by so much, and not lit: something light stands before the head. */
const HIDDEN_BRIGHTER = 0.15;

const LEANS: Record<LampState, (red: number, green: number, blue: number) => number> = {
  red: (red, green, blue) => red - (green + blue) / 2,
  yellow: (red, green, blue) => (red + green) / 2 - blue,
  // Green signals are bluish green.
  green: (red, green, blue) => (green + blue) / 2 - red,
};

/** Mean of the greatest quarter. */
function topQuarter(values: Float64Array): number {
  values.sort();
  const from = values.length - Math.floor(values.length / 4);
  let sum = 0;
  for (let i = from; i < values.length; i++) sum += values[i] as number;
  return sum / (values.length - from);
}

/**
 * Measures one lamp. The most coloured quarter counts, so that an arrow, a lamp with a white, overexposed core and one of
 * which a branch hides a part show their colour as well as a plain disc.
 * @param pixels packed RGB
 */
export function lookAtLamp(pixels: Uint8Array): LampLook {
  const count = pixels.length / 3;
  let brightness = 0;
  const leans = LAMP_STATES.map((state): [LampState, Float64Array] => [state, new Float64Array(count)]);
  for (let i = 0; i < count; i++) {
    const red = (pixels[3 * i] as number) / 255;
    const green = (pixels[3 * i + 1] as number) / 255;
    const blue = (pixels[3 * i + 2] as number) / 255;
    brightness += Math.max(red, green, blue);
    for (const [state, values] of leans) values[i] = LEANS[state](red, green, blue);
  }
  const lean = Object.fromEntries(leans.map(([state, values]) => [state, topQuarter(values)])) as LampLook['lean'];
  return { lean, brightness: brightness / count };
}

const NOTHING: HeadLook = { lit: 'hidden', confidence: 0, lead: 0 };

function leastLead(state: LampState, held: HeldLamp | null): number {
  return held?.state === state ? Math.max(LEAST_LEAD_HELD, HELD_SHARE * held.lead) : LEAST_LEAD;
}

interface Lead {
  state: LampState;
  lead: number;
}

/** By how much each lamp leans more to its colour than the others do to it, and than it does unlit. */
function leadsOf(states: readonly LampState[], looks: readonly LampLook[], unlit: readonly (UnlitLook | null)[]): Lead[] {
  return states.map((state, index) => {
    const own = looks[index]?.lean[state] ?? 0;
    const others = looks.flatMap((look, at) => (states[at] === state ? [] : [look.lean[state]]));
    const cast = Math.max(0, ...others, unlit[index]?.lean ?? 0);
    return { state, lead: own - cast };
  });
}

function isHidden(looks: readonly LampLook[], unlit: readonly (UnlitLook | null)[]): boolean {
  return looks.some(({ brightness }, index) => {
    const known = unlit[index];
    return known != null && brightness - known.brightness > HIDDEN_BRIGHTER;
  });
}

/**
 * Judges a head by the place and the colour of what is lit: a lamp counts by its own colour only, as far as that is more
 * than what the light of the day throws on all lamps. Red with yellow is red; two others at once are not clear.
 * @param states what each lamp means; `looks` and `unlit` in the same order
 */
export function lookAtHead(
  states: readonly LampState[],
  looks: readonly LampLook[],
  unlit: readonly (UnlitLook | null)[],
  held: HeldLamp | null = null,
): HeadLook {
  const leads = leadsOf(states, looks, unlit).sort((a, b) => b.lead - a.lead);
  const [first] = leads;
  const second = leads.find(({ state }) => state !== first?.state);
  if (!first || first.lead < leastLead(first.state, held)) return { ...NOTHING, lit: isHidden(looks, unlit) ? 'hidden' : 'none' };
  const rest = Math.max(0, second?.lead ?? 0);
  const isAlone = rest < LEAST_LEAD || rest <= CLEAR_SHARE * first.lead;
  const isRedWithYellow = [first.state, second?.state].every((state) => state === 'red' || state === 'yellow');
  if (!isAlone && !isRedWithYellow) return NOTHING;
  const strength = Math.min(1, first.lead / FULL_LEAD);
  const distance = isAlone ? 1 - rest / first.lead : 1;
  const confidence = Math.round(100 * (0.3 + 0.7 * strength) * (0.5 + 0.5 * distance)) / 100;
  return { lit: isAlone ? first.state : 'red', confidence, lead: first.lead };
}
