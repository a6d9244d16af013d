const OFFSET_MS = 7 * 3_600_000;

/** A moment as `<input type="datetime-local">` takes it, in Viet Nam's time whatever the workstation's zone. */
export function toLocalInput(ms: number): string {
  return new Date(ms + OFFSET_MS).toISOString().slice(0, 16);
}

/** What was typed there, epoch ms; null when it is no moment. */
export function fromLocalInput(text: string): number | null {
  const ms = Date.parse(`${text}Z`);
  return Number.isNaN(ms) ? null : ms - OFFSET_MS;
}
