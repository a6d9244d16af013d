import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { CapProblem } from './model.js';

/** One element of a parsed document; its namespace is resolved, `text` is its own text without that of its children. */
export interface XmlElement {
  name: string;
  namespace: string;
  /** Names of attributes other than namespace declarations and `xsi:*`. */
  attributes: string[];
  children: XmlElement[];
  text: string;
}

/** Limits against hostile documents; both inclusive. */
export interface XmlLimits {
  maxBytes: number;
  maxDepth: number;
}

type OrderedNode = Record<string, unknown>;

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

class XmlProblem extends Error {}

/** Entities are decoded here, not by the parser, so that only the five of XML itself and character references exist. */
function decodeEntities(text: string): string {
  return text.replace(/&([^;&\s]*);?/g, (whole, body: string) => {
    const named = ENTITIES[body];
    if (named !== undefined && whole.endsWith(';')) return named;
    const numeric = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(body);
    if (!numeric || !whole.endsWith(';'))
      throw new XmlProblem(`entity "${whole.slice(0, 20)}" is not allowed: write &amp; for an ampersand`);
    const code = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
    if (!isXmlCharacter(code)) throw new XmlProblem(`character reference "${whole}" names no character of XML`);
    return String.fromCodePoint(code);
  });
}

function isXmlCharacter(code: number): boolean {
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

function namespacesOf(attributes: Record<string, string>, inherited: Map<string, string>): Map<string, string> {
  const declared = Object.entries(attributes).filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  if (declared.length === 0) return inherited;
  const all = new Map(inherited);
  for (const [name, value] of declared) all.set(name === 'xmlns' ? '' : name.slice(6), decodeEntities(value));
  return all;
}

function splitName(name: string): [prefix: string, local: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function toElement(node: OrderedNode, inherited: Map<string, string>, depthLeft: number): XmlElement {
  if (depthLeft <= 0) throw new XmlProblem('elements are nested too deeply');
  const tag = Object.keys(node).find((key) => key !== ':@') as string;
  const attributes = (node[':@'] ?? {}) as Record<string, string>;
  const scope = namespacesOf(attributes, inherited);
  const [prefix, name] = splitName(tag);
  const namespace = scope.get(prefix);
  if (namespace === undefined && prefix !== '') throw new XmlProblem(`prefix "${prefix}" is not declared`);
  const element: XmlElement = { name, namespace: namespace ?? '', attributes: [], children: [], text: '' };
  for (const attribute of Object.keys(attributes)) {
    const [attributePrefix] = splitName(attribute);
    if (attribute === 'xmlns' || attributePrefix === 'xmlns' || (attributePrefix !== '' && scope.get(attributePrefix) === XSI)) continue;
    element.attributes.push(attribute);
  }
  for (const child of node[tag] as OrderedNode[]) {
    if ('#text' in child) element.text += decodeEntities(String(child['#text']));
    else if ('#cdata' in child) element.text += ((child['#cdata'] as OrderedNode[])[0]?.['#text'] as string | undefined) ?? '';
    else element.children.push(toElement(child, scope, depthLeft - 1));
  }
  return element;
}

function refuse(xml: string, limits: XmlLimits): string | undefined {
  if (new TextEncoder().encode(xml).length > limits.maxBytes) return `is larger than ${limits.maxBytes} bytes`;
  // A comment or CDATA section may speak of DTDs; refusing it as well costs nothing and leaves no way round.
  if (/<!DOCTYPE|<!ENTITY|<!ELEMENT|<!ATTLIST/i.test(xml))
    return 'has a document type definition: remove it, entities and DTDs are never read';
  const encoding = /^<\?xml[^>]*\bencoding\s*=\s*["']([^"']*)["']/.exec(xml)?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) return `is declared as ${encoding}: send UTF-8`;
  return undefined;
}

/**
 * Parses one XML document into its root element. No DTD, no entity besides XML's own five, bounded size and depth.
 * Every failure is an answer, never an exception.
 */
export function parseXml(document: string, limits: XmlLimits): { ok: true; root: XmlElement } | { ok: false; problem: CapProblem } {
  const fail = (message: string) => ({ ok: false as const, problem: { path: '', message } });
  const xml = document.replace(/^\uFEFF/, '');
  const refused = refuse(xml, limits);
  if (refused !== undefined) return fail(refused);
  try {
    const wellFormed = XMLValidator.validate(xml);
    if (wellFormed !== true) return fail(`is not well-formed XML: line ${wellFormed.err.line}: ${wellFormed.err.msg}`);
    const parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
      processEntities: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
      cdataPropName: '#cdata',
      maxNestedTags: limits.maxDepth,
    });
    const roots = (parser.parse(xml) as OrderedNode[]).filter((node) => !('#text' in node));
    if (roots.length !== 1) return fail(`has ${roots.length} root elements: one is wanted`);
    return {
      ok: true,
      root: toElement(roots[0] as OrderedNode, new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]), limits.maxDepth),
    };
  } catch (error) {
    return fail(`is not XML that can be read: ${error instanceof Error ? error.message : 'unknown reason'}`);
  }
}
