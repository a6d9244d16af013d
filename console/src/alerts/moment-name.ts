import type { Dictionary } from '../text/vi.js';

/** Name of an evidence moment for people; findings attached to an alert have theirs numbered (`also-2-raised`, `again-3`), and so have the pictures of a camera that came in the place of another (`raised-2`). */
export function momentName(text: Pick<Dictionary, 'moments' | 'momentAlso' | 'momentAgain'>, moment: string): string {
  const again = /^again-(\d+)$/.exec(moment);
  if (again) return text.momentAgain(Number(again[1]) + 1);
  const also = /^also-(\d+)-(.+)$/.exec(moment);
  const name = also?.[2] ?? moment;
  const [, base = name, camera] = /^(.+)-(\d+)$/.exec(name) ?? [];
  const known = camera && text.moments[base] ? `${text.moments[base]} ${camera}` : (text.moments[name] ?? name);
  return also ? text.momentAlso(known, Number(also[1]) + 1) : known;
}
