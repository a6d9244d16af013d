import { CAP_NAMESPACE, type CapAlert, type CapArea, type CapInfo, type CapNamedValue, type CapReference } from '@safecity/contracts/cap';
import { create } from 'xmlbuilder2';

/** One element: its text, or its children in order. */
type Element = [name: string, content: string | Element[]];

/** Characters that XML 1.0 cannot hold, single surrogates among them; a text from outside may carry them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

const text = (name: string, value: string | number | undefined): Element[] =>
  value === undefined ? [] : [[name, String(value).replace(NOT_XML, '')]];
const texts = (name: string, values: readonly string[]): Element[] => values.flatMap((value) => text(name, value));
const named = (name: string, values: CapNamedValue[]): Element[] =>
  values.map(({ valueName, value }): Element => [name, [...text('valueName', valueName), ...text('value', value)]]);

/** Items of a CAP list are joined by spaces; one that holds a space stands in quotes. */
const list = (name: string, items: string[]): Element[] =>
  items.length === 0 ? [] : text(name, items.map((item) => (/\s/.test(item) ? `"${item}"` : item)).join(' '));

const referenceText = ({ sender, identifier, sent }: CapReference): string => `${sender},${identifier},${sent}`;

function areaElement(area: CapArea): Element {
  const polygons = area.polygons.map((polygon) => polygon.map((pair) => pair.join(',')).join(' '));
  const circles = area.circles.map(({ latitude, longitude, radiusKm }) => `${latitude},${longitude} ${radiusKm}`);
  return [
    'area',
    [
      ...text('areaDesc', area.areaDesc),
      ...texts('polygon', polygons),
      ...texts('circle', circles),
      ...named('geocode', area.geocodes),
      ...text('altitude', area.altitude),
      ...text('ceiling', area.ceiling),
    ],
  ];
}

function resourceElement(resource: CapInfo['resources'][number]): Element {
  const { resourceDesc, mimeType, sizeBytes, uri, derefUri, digest } = resource;
  return [
    'resource',
    [
      ...text('resourceDesc', resourceDesc),
      ...text('mimeType', mimeType),
      ...text('size', sizeBytes),
      ...text('uri', uri),
      ...text('derefUri', derefUri),
      ...text('digest', digest),
    ],
  ];
}

function infoElement(info: CapInfo): Element {
  return [
    'info',
    [
      ...text('language', info.language),
      ...texts('category', info.categories),
      ...text('event', info.event),
      ...texts('responseType', info.responseTypes),
      ...text('urgency', info.urgency),
      ...text('severity', info.severity),
      ...text('certainty', info.certainty),
      ...text('audience', info.audience),
      ...named('eventCode', info.eventCodes),
      ...text('effective', info.effective),
      ...text('onset', info.onset),
      ...text('expires', info.expires),
      ...text('senderName', info.senderName),
      ...text('headline', info.headline),
      ...text('description', info.description),
      ...text('instruction', info.instruction),
      ...text('web', info.web),
      ...text('contact', info.contact),
      ...named('parameter', info.parameters),
      ...info.resources.map(resourceElement),
      ...info.areas.map(areaElement),
    ],
  ];
}

function alertElements(alert: CapAlert): Element[] {
  return [
    ...text('identifier', alert.identifier),
    ...text('sender', alert.sender),
    ...text('sent', alert.sent),
    ...text('status', alert.status),
    ...text('msgType', alert.msgType),
    ...text('source', alert.source),
    ...text('scope', alert.scope),
    ...text('restriction', alert.restriction),
    ...list('addresses', alert.addresses),
    ...texts('code', alert.codes),
    ...text('note', alert.note),
    ...list('references', alert.references.map(referenceText)),
    ...list('incidents', alert.incidents),
    ...alert.infos.map(infoElement),
  ];
}

type Builder = ReturnType<typeof create>;

function append(parent: Builder, elements: Element[]): void {
  for (const [name, content] of elements) {
    const child = parent.ele(name);
    if (typeof content === 'string') child.txt(content);
    else append(child, content);
  }
}

/** Writes a message as CAP 1.2 XML, elements in the order of the standard. */
export function renderCap(alert: CapAlert): string {
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele(CAP_NAMESPACE, 'alert');
  append(root, alertElements(alert));
  return root.end({ prettyPrint: true });
}
