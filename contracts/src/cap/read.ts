import type { CapAlert, CapArea, CapInfo, CapNamedValue, CapReference, CapResource } from './model.js';
import type { XmlElement } from './xml.js';

const all = (parent: XmlElement, name: string): XmlElement[] => parent.children.filter((child) => child.name === name);
const texts = (parent: XmlElement, name: string): string[] => all(parent, name).map((child) => child.text);

/** The text of one element; the structure has been checked, so a required one exists. */
const text = (parent: XmlElement, name: string): string => texts(parent, name)[0] as string;

/** Members for those of `names` that are there. */
function optionals<K extends string>(parent: XmlElement, names: readonly K[]): Partial<Record<K, string>> {
  const found: Partial<Record<K, string>> = {};
  for (const name of names) {
    const value = texts(parent, name)[0];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

const namedValues = (parent: XmlElement, name: string): CapNamedValue[] =>
  all(parent, name).map((element) => ({ valueName: text(element, 'valueName'), value: text(element, 'value') }));

/** Splits a CAP list: items are separated by white space, an item that holds white space is in double quotes. */
function listItems(list: string | undefined): string[] {
  return [...(list ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? (match[2] as string));
}

const pair = (written: string): [number, number] => written.split(',').map(Number) as [number, number];

function readReference(written: string): CapReference {
  const [sender, identifier, sent] = written.split(',') as [string, string, string];
  return { sender, identifier, sent };
}

function readArea(element: XmlElement): CapArea {
  const { altitude, ceiling } = optionals(element, ['altitude', 'ceiling']);
  return {
    areaDesc: text(element, 'areaDesc'),
    polygons: texts(element, 'polygon').map((polygon) => polygon.trim().split(/\s+/).map(pair)),
    circles: texts(element, 'circle').map((circle) => {
      const [centre, radius] = circle.trim().split(/\s+/) as [string, string];
      const [latitude, longitude] = pair(centre);
      return { latitude, longitude, radiusKm: Number(radius) };
    }),
    geocodes: namedValues(element, 'geocode'),
    ...(altitude === undefined ? {} : { altitude: Number(altitude) }),
    ...(ceiling === undefined ? {} : { ceiling: Number(ceiling) }),
  };
}

function readResource(element: XmlElement): CapResource {
  const { size, ...rest } = optionals(element, ['size', 'uri', 'derefUri', 'digest']);
  return {
    resourceDesc: text(element, 'resourceDesc'),
    mimeType: text(element, 'mimeType'),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
    ...rest,
  };
}

function readInfo(element: XmlElement): CapInfo {
  return {
    language: text(element, 'language'),
    categories: texts(element, 'category') as CapInfo['categories'],
    event: text(element, 'event'),
    responseTypes: texts(element, 'responseType') as CapInfo['responseTypes'],
    urgency: text(element, 'urgency') as CapInfo['urgency'],
    severity: text(element, 'severity') as CapInfo['severity'],
    certainty: text(element, 'certainty') as CapInfo['certainty'],
    eventCodes: namedValues(element, 'eventCode'),
    ...optionals(element, [
      'audience',
      'effective',
      'onset',
      'expires',
      'senderName',
      'headline',
      'description',
      'instruction',
      'web',
      'contact',
    ]),
    parameters: namedValues(element, 'parameter'),
    resources: all(element, 'resource').map(readResource),
    areas: all(element, 'area').map(readArea),
  };
}

/** The typed message of an `alert` element whose structure has been checked. */
export function readAlert(root: XmlElement): CapAlert {
  return {
    identifier: text(root, 'identifier'),
    sender: text(root, 'sender'),
    sent: text(root, 'sent'),
    status: text(root, 'status') as CapAlert['status'],
    msgType: text(root, 'msgType') as CapAlert['msgType'],
    scope: text(root, 'scope') as CapAlert['scope'],
    ...optionals(root, ['source', 'restriction', 'note']),
    addresses: listItems(texts(root, 'addresses')[0]),
    codes: texts(root, 'code'),
    references: listItems(texts(root, 'references')[0]).map(readReference),
    incidents: listItems(texts(root, 'incidents')[0]),
    infos: all(root, 'info').map(readInfo),
  };
}
