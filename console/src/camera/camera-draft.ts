/** What an administrator types to add a camera. */
export interface CameraDraft {
  id: string;
  name: string;
  url: string;
  transport: 'tcp' | 'udp';
  username: string;
  password: string;
}

/** Fields of the form, and what can be wrong with each. */
export type DraftProblem = 'missing' | 'bad-id' | 'bad-url' | 'user-without-password';
export type DraftProblems = Partial<Record<keyof CameraDraft, DraftProblem>>;

/** An id made from a name: Vietnamese letters without their marks, everything else a hyphen. */
export function idFromName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

/** Takes user and password out of an address such as `rtsp://user:pa%40ss@host/path`, so that neither is stored in it. */
export function splitAddress(address: string): { url: string; username?: string; password?: string } {
  const parts = /^(rtsps?:\/\/)([^/?#]*)@(.*)$/i.exec(address.trim());
  if (!parts) return { url: address.trim() };
  const [, scheme = '', userInfo = '', rest = ''] = parts;
  const colon = userInfo.indexOf(':');
  const username = colon < 0 ? userInfo : userInfo.slice(0, colon);
  return { url: `${scheme}${rest}`, username: decoded(username), password: colon < 0 ? '' : decoded(userInfo.slice(colon + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare percent sign is part of the password itself.
    return text;
  }
}

/** What is wrong before the server is asked; empty when nothing is. */
export function draftProblems(draft: CameraDraft): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.name.trim() === '') problems.name = 'missing';
  if (draft.id === '') problems.id = 'missing';
  else if (!/^[A-Za-z0-9_-]{1,64}$/.test(draft.id)) problems.id = 'bad-id';
  if (draft.url.trim() === '') problems.url = 'missing';
  else if (!/^rtsps?:\/\/[^\s/@:]+(:\d+)?(\/\S*)?$/i.test(draft.url.trim())) problems.url = 'bad-url';
  if (draft.password !== '' && draft.username === '') problems.username = 'user-without-password';
  return problems;
}

/**
 * The server's list of problems as lines. It words them `camera x is not valid: path: message; path: message`.
 * @returns each with the field it belongs to, when it names one
 */
export function refusalLines(message: string): { field: keyof CameraDraft | null; message: string }[] {
  const start = message.indexOf(' is not valid: ');
  const list = start < 0 ? message : message.slice(start + ' is not valid: '.length);
  const fields: Record<string, keyof CameraDraft> = { id: 'id', name: 'name', 'source/url': 'url', 'source/transport': 'transport' };
  // Each problem ends with `; got <value>`, which belongs to it.
  return list.split(/; (?!got )/).map((line) => {
    const path = /^(?:camera\/)?([a-z]+(?:\/[A-Za-z0-9]+)*): /.exec(line)?.[1];
    return { field: (path && fields[path]) || null, message: line };
  });
}
