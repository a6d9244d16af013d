import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { type OnvifDevice, parseXml, type XmlElement } from '@safecity/contracts';

/** Where a search is sent, and for how long answers are waited for. */
export interface SearchOptions {
  timeLimitMs: number;
  /** Default: the multicast group of WS-Discovery, on every network of this machine. */
  target?: { host: string; port: number };
}

/** Multicast address and port of WS-Discovery (OASIS WS-Discovery 1.1, 2.4). */
const GROUP = { host: '239.255.255.250', port: 3702 };
/** Datagrams go missing: the question is asked twice. */
const REPEAT_MS = 400;
const MOST_DEVICES = 256;
const LIMITS = { maxBytes: 32 * 1024, maxDepth: 16 };
/** A stranger's datagrams cost parsing; more than this are no answers to one question. */
const MOST_ANSWERS = 2048;

function question(messageId: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:n="http://www.onvif.org/ver10/network/wsdl">' +
    `<s:Header><a:MessageID>urn:uuid:${messageId}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>` +
    '<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>' +
    '<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>'
  );
}

function within(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => (child.name === name ? [child] : within(child, name)));
}

/** A word that a device gives itself in its scopes: `onvif://www.onvif.org/name/Gate%201`. */
function scope(scopes: string[], kind: string): string | null {
  const found = scopes.map((text) => new RegExp(`^onvif://www\\.onvif\\.org/${kind}/(.{1,200})$`, 'i').exec(text)?.[1]).find(Boolean);
  if (!found) return null;
  try {
    return decodeURIComponent(found).slice(0, 120);
  } catch {
    return found.slice(0, 120);
  }
}

/** The address of a device that it can be asked at: on the host that answered, so that nobody speaks for another. */
function addressOf(words: string[], from: string): string | null {
  const own = words
    .filter((word) => URL.canParse(word))
    .find((word) => new URL(word).protocol === 'http:' && new URL(word).hostname === from);
  return own ?? null;
}

/** Devices that an answer to question `messageId` names; none for what is no such answer. */
export function devicesIn(answer: string, messageId: string, from: string): OnvifDevice[] {
  const parsed = parseXml(answer, LIMITS);
  if (!parsed.ok) return [];
  if (!within(parsed.root, 'RelatesTo').some(({ text }) => text.trim().toLowerCase() === `urn:uuid:${messageId}`)) return [];
  return within(parsed.root, 'ProbeMatch').flatMap((match) => {
    const words = (name: string) => within(match, name).flatMap(({ text }) => text.trim().split(/\s+/));
    const address = addressOf(words('XAddrs'), from);
    const scopes = words('Scopes');
    return address === null ? [] : [{ address, name: scope(scopes, 'name'), hardware: scope(scopes, 'hardware') }];
  });
}

/** Addresses of this machine from which the group is asked. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}

async function askFrom(from: string | undefined, options: SearchOptions, take: (answer: string, messageId: string, host: string) => void) {
  const { host, port } = options.target ?? GROUP;
  const messageId = randomUUID();
  const socket = createSocket('udp4');
  let answers = 0;
  // A network that is down, or has no multicast, has no cameras to find.
  socket.on('error', () => undefined);
  socket.on('message', (data, { address }) => {
    if (answers++ < MOST_ANSWERS) take(data.toString('utf8'), messageId, address);
  });
  await new Promise<void>((resolve) => {
    const send = () => socket.send(question(messageId), port, host, () => undefined);
    let repeat: NodeJS.Timeout | undefined;
    socket.bind(0, from, () => {
      send();
      repeat = setTimeout(send, REPEAT_MS);
    });
    setTimeout(() => {
      clearTimeout(repeat);
      resolve();
    }, options.timeLimitMs);
  });
  socket.close();
}

/**
 * Asks the networks of this machine which ONVIF cameras there are (WS-Discovery). Connects to none of them: an answer is
 * listed with the address that it came from.
 */
export async function searchNetwork(options: SearchOptions): Promise<OnvifDevice[]> {
  const found = new Map<string, OnvifDevice>();
  const take = (answer: string, messageId: string, host: string) => {
    for (const device of devicesIn(answer, messageId, host)) if (found.size < MOST_DEVICES) found.set(device.address, device);
  };
  const sources = options.target ? [undefined] : ownAddresses();
  await Promise.all(sources.map((from) => askFrom(from, options, take)));
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}
