import { SafecityError } from '@safecity/contracts';
import { PRECISIONS, type Precision } from '@safecity/models';

/**
 * The precision that an option or a variable asks for; `fp32` when it says nothing.
 * @param name of the option or variable, for the message
 * @throws SafecityError `CLI_USAGE`
 */
export function parsePrecision(name: string, text: string | undefined): Precision {
  const known = PRECISIONS.find((precision) => precision === (text || 'fp32'));
  if (known) return known;
  throw new SafecityError('CLI_USAGE', `${name} ${text} is no precision: use ${PRECISIONS.join(' or ')}`);
}
