/** Checks of one text value. Each returns what is wrong with it, or undefined. */
export type TextCheck = (text: string) => string | undefined;

const shown = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** One of a fixed list, exactly as written. */
export function oneOf(values: readonly string[]): TextCheck {
  return (text) => (values.includes(text) ? undefined : `must be one of ${values.join(', ')}; got ${shown(text)}`);
}

/** Any text but blank. */
export const notBlank: TextCheck = (text) => (text.trim() === '' ? 'must not be empty' : undefined);

/** `identifier` and `sender`: no white space, comma, `<` or `&`, because `references` joins them by commas and spaces. */
export const identifierText: TextCheck = (text) =>
  text === '' || /[\s,<&]/.test(text) ? `must be without spaces, commas, < and &; got ${shown(text)}` : undefined;

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)[-+](\d\d):(\d\d)$/;

/** `2026-11-22T19:20:05+07:00`: whole seconds and a numeric offset; a day that exists. */
export const timeText: TextCheck = (text) => {
  const wanted = `must look like 2026-11-22T19:20:05+07:00; got ${shown(text)}`;
  const parts = TIME.exec(text)?.slice(1).map(Number);
  if (!parts)
    return /Z$/i.test(text)
      ? `${wanted}: Z is not allowed, write the offset`
      : /\.\d+/.test(text)
        ? `${wanted}: fractions are not allowed`
        : wanted;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = parts as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day));
  const dayExists = month >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const clockExists = hour <= 23 && minute <= 59 && second <= 59;
  const offsetExists = offsetMinute <= 59 && offsetHour * 60 + offsetMinute <= 14 * 60;
  return dayExists && clockExists && offsetExists ? undefined : `names no real time; got ${shown(text)}`;
};

/** RFC 5646 in outline: `vi-VN`, `en-US`. */
export const languageText: TextCheck = (text) =>
  /^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/.test(text) ? undefined : `must be a language tag such as vi-VN; got ${shown(text)}`;

/** `sender,identifier,sent` separated by single spaces. */
export const referencesText: TextCheck = (text) => {
  for (const reference of text.trim().split(/\s+/)) {
    const parts = reference.split(',');
    const [sender = '', identifier = '', sent = ''] = parts;
    if (parts.length !== 3 || identifierText(sender) || identifierText(identifier))
      return `must be "sender,identifier,sent" separated by spaces; got ${shown(reference)}`;
    const time = timeText(sent);
    if (time) return `the time of ${shown(reference)} ${time}`;
  }
  return undefined;
};

function positionProblem(latitude: number, longitude: number): string | undefined {
  if (Math.abs(latitude) > 90) return `latitude ${latitude} is outside -90..90: CAP writes latitude first`;
  if (Math.abs(longitude) > 180) return `longitude ${longitude} is outside -180..180`;
  return undefined;
}

const PAIR = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/;

/** `lat,lon lat,lon ...`: at least four pairs, the last equal to the first. */
export const polygonText: TextCheck = (text) => {
  const pairs = text.trim().split(/\s+/);
  for (const pair of pairs) {
    const match = PAIR.exec(pair);
    if (!match) return `must be "lat,lon lat,lon ..."; got ${shown(pair)}`;
    const problem = positionProblem(Number(match[1]), Number(match[2]));
    if (problem) return problem;
  }
  if (pairs.length < 4) return `needs at least 4 pairs, the last equal to the first; got ${pairs.length}`;
  const [first, last] = [pairs[0], pairs.at(-1)].map((pair) => (pair as string).split(',').map(Number).join());
  return first === last ? undefined : 'is not closed: repeat the first pair at the end';
};

/** `lat,lon radius`, radius in km, 0 or more. */
export const circleText: TextCheck = (text) => {
  const [pair = '', radius = '', ...rest] = text.trim().split(/\s+/);
  const match = PAIR.exec(pair);
  if (!match || rest.length > 0 || !/^\d+(\.\d+)?$/.test(radius)) return `must be "lat,lon radius-in-km"; got ${shown(text)}`;
  return positionProblem(Number(match[1]), Number(match[2]));
};

/** Bytes: a whole number, 0 or more. */
export const sizeText: TextCheck = (text) => (/^\d{1,15}$/.test(text) ? undefined : `must be a whole number of bytes; got ${shown(text)}`);

/** `type/subtype`. */
export const mimeTypeText: TextCheck = (text) =>
  /^[\w.+-]+\/[\w.+-]+(;.*)?$/.test(text) ? undefined : `must be a MIME type such as image/jpeg; got ${shown(text)}`;

/** SHA-1 in hex. */
export const digestText: TextCheck = (text) => {
  if (/^[0-9a-fA-F]{40}$/.test(text)) return undefined;
  return /^[0-9a-fA-F]{64}$/.test(text)
    ? 'must be SHA-1: put SHA-256 into a parameter'
    : `must be SHA-1, 40 hex digits; got ${shown(text)}`;
};

/** A URI reference: no white space or characters that must be escaped. */
export const uriText: TextCheck = (text) => (text !== '' && !/[\s<>"{}|\\^`]/.test(text) ? undefined : `must be a URI; got ${shown(text)}`);

export const decimalText: TextCheck = (text) =>
  /^[-+]?\d+(\.\d+)?$/.test(text) ? undefined : `must be a decimal number; got ${shown(text)}`;
