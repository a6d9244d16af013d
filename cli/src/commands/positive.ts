import { SafecityError } from '@safecity/contracts';

/** A number above 0 given as an option. @throws SafecityError `CLI_USAGE` */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new SafecityError('CLI_USAGE', `--${name} ${text} must be a number above 0`);
}
