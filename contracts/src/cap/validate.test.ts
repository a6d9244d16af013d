import { describe, expect, it } from 'vitest';
import { CAP_LIMITS, validateCap } from './validate.js';

const INFO = `<info>
    <language>vi-VN</language>
    <category>Transport</category>
    <category>Rescue</category>
    <event>Xe dừng bất thường</event>
    <responseType>Assess</responseType>
    <urgency>Immediate</urgency>
    <severity>Severe</severity>
    <certainty>Likely</certainty>
    <eventCode><valueName>urn:safecity:incident-type</valueName><value>stalled-vehicle</value></eventCode>
    <onset>2026-11-22T19:19:41+07:00</onset>
    <expires>2026-11-22T20:20:05+07:00</expires>
    <headline>Xe tải dừng &amp; chắn làn</headline>
    <parameter><valueName>confidence</valueName><value>0.83</value></parameter>
    <resource>
      <resourceDesc>still</resourceDesc>
      <mimeType>image/jpeg</mimeType>
      <size>4182</size>
      <uri>https://evidence.example.vn/e/1.jpg</uri>
      <digest>2fd4e1c67a2d28fced849ee1bb76e7391b93eb12</digest>
    </resource>
    <area>
      <areaDesc>Ngã tư Sở Sao</areaDesc>
      <polygon>10.1,106.1 10.2,106.1 10.2,106.2 10.1,106.1</polygon>
      <circle>10.9804,106.6745 0.05</circle>
      <geocode><valueName>VN-ward</valueName><value>25747</value></geocode>
    </area>
  </info>`;

const ALERT = `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>urn:uuid:6f1c2a0e-6c0b-4b57-9d7a-0d3f4f2f7c11</identifier>
  <sender>safecity.example.vn</sender>
  <sent>2026-11-22T19:20:05+07:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Restricted</scope>
  <restriction>EOC only</restriction>
  <incidents>INC-1 "INC 2"</incidents>
  ${INFO}
</alert>`;

/** The good message with one thing changed. */
const changed = (from: string | RegExp, to: string): string => {
  const xml = ALERT.replace(from, to);
  if (xml === ALERT) throw new Error(`"${from}" is not in the message`);
  return xml;
};
const problemsOf = (xml: string): string[] => {
  const result = validateCap(xml);
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
};

describe('a valid message', () => {
  it('is read with all its parts', () => {
    const result = validateCap(ALERT);
    expect(result).toMatchObject({
      ok: true,
      warnings: [],
      alert: {
        identifier: 'urn:uuid:6f1c2a0e-6c0b-4b57-9d7a-0d3f4f2f7c11',
        sent: '2026-11-22T19:20:05+07:00',
        addresses: [],
        references: [],
        incidents: ['INC-1', 'INC 2'],
        infos: [
          {
            language: 'vi-VN',
            categories: ['Transport', 'Rescue'],
            headline: 'Xe tải dừng & chắn làn',
            eventCodes: [{ valueName: 'urn:safecity:incident-type', value: 'stalled-vehicle' }],
            resources: [{ mimeType: 'image/jpeg', sizeBytes: 4182 }],
            areas: [
              {
                polygons: [
                  [
                    [10.1, 106.1],
                    [10.2, 106.1],
                    [10.2, 106.2],
                    [10.1, 106.1],
                  ],
                ],
                circles: [{ latitude: 10.9804, longitude: 106.6745, radiusKm: 0.05 }],
              },
            ],
          },
        ],
      },
    });
  });

  it.each([
    ['with a prefix', ALERT.replace('xmlns=', 'xmlns:cap=').replace(/<(\/?)(?=[a-zA-Z])/g, '<$1cap:')],
    [
      'with CDATA, comments and character references',
      changed('<event>Xe dừng bất thường<', '<event><![CDATA[Xe & <b>]]> d&#x1EEB;ng<!-- so --><'),
    ],
    [
      'with a schema location',
      changed('<alert ', '<alert xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" '),
    ],
    ['with a byte order mark', `\uFEFF${ALERT}`],
    ['signed', changed('</alert>', '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature></alert>')],
    [
      'without info',
      changed(INFO, '')
        .replace('>Alert<', '>Cancel<')
        .replace('<incidents>', '<references>a,b,2026-11-22T19:20:05+07:00</references><incidents>'),
    ],
    ['at UTC', changed('19:20:05+07:00', '12:20:05-00:00')],
  ])('is accepted %s', (_name, xml) => {
    expect(problemsOf(xml)).toEqual([]);
  });
});

describe('each fact broken once', () => {
  it.each([
    [
      'another namespace',
      /cap:1\.2"/,
      'cap:1.1"',
      /^: alert must be in the namespace urn:oasis:names:tc:emergency:cap:1.2; got "urn:oasis:names:tc:emergency:cap:1.1"$/,
    ],
    ['no namespace', / xmlns="[^"]*"/, '', /must be in the namespace/],
    ['another root', /(<\/?)alert/g, '$1warning', /^: root element must be alert; got warning$/],
    ['an element of another namespace', '<sent>', '<sent xmlns="urn:x">', /sent is not in the namespace/],
    ['no identifier', /<identifier>.*<\/identifier>/, '', /^: missing identifier$/],
    [
      'an empty identifier',
      /<identifier>.*<\/identifier>/,
      '<identifier/>',
      /^identifier: must be without spaces, commas, < and &; got ""$/,
    ],
    ['a space in sender', 'safecity.example.vn', 'safecity example', /^sender: must be without spaces, commas/],
    ['a comma in sender', 'safecity.example.vn', 'safecity,example', /^sender: must be without/],
    ['an ampersand in sender', 'safecity.example.vn', 'safe&amp;city', /^sender: must be without/],
    ['a less-than in sender', 'safecity.example.vn', 'safe&lt;city', /^sender: must be without/],
    ['Z for the offset', '19:20:05+07:00', '12:20:05Z', /^sent: .*Z is not allowed, write the offset$/],
    ['fractions of a second', '19:20:05+07:00', '19:20:05.5+07:00', /^sent: .*fractions are not allowed$/],
    ['no offset', '19:20:05+07:00', '19:20:05', /^sent: must look like/],
    ['a comma as sign of the offset', '19:20:05+07:00', '19:20:05,07:00', /^sent: must look like/],
    ['a day that does not exist', '2026-11-22T19:20:05', '2026-02-30T19:20:05', /^sent: names no real time/],
    ['an hour that does not exist', '19:20:05+07:00', '24:20:05+07:00', /^sent: names no real time/],
    ['an offset that does not exist', '19:20:05+07:00', '19:20:05+15:00', /^sent: names no real time/],
    ['a bad onset', '19:19:41+07:00', '19:19:41Z', /^info\/0\/onset: must look like/],
    ['a bad expires', '20:20:05+07:00', '20:20', /^info\/0\/expires: must look like/],
    ['an unknown status', '>Actual<', '>Real<', /^status: must be one of Actual, Exercise, System, Test, Draft; got "Real"$/],
    ['a status with space around', '>Actual<', '> Actual <', /^status: must be one of/],
    ['an unknown msgType', '>Alert<', '>Alarm<', /^msgType: must be one of Alert, Update/],
    ['an unknown scope', '>Restricted<', '>Secret<', /^scope: must be one of Public, Restricted, Private/],
    ['Restricted without restriction', /<restriction>.*<\/restriction>/, '', /^restriction: missing: scope Restricted/],
    ['Private without addresses', '>Restricted<', '>Private<', /^addresses: missing: scope Private/],
    ['Update without references', '>Alert<', '>Update<', /^references: missing: Update must name the message it is about$/],
    ['Cancel without references', '>Alert<', '>Cancel<', /^references: missing: Cancel/],
    ['Ack without references', '>Alert<', '>Ack<', /^references: missing: Ack/],
    ['Error without references', '>Alert<', '>Error<', /^references: missing: Error/],
    ['references of two parts', '<incidents>', '<references>a,b</references><incidents>', /^references: must be "sender,identifier,sent"/],
    [
      'references with a bad time',
      '<incidents>',
      '<references>a,b,2026-11-22T19:20:05Z</references><incidents>',
      /^references: the time of .* Z is not allowed/,
    ],
    ['an unknown category', '>Rescue<', '>Traffic<', /^info\/0\/category\/1: must be one of Geo, Met/],
    ['no category', /<category>.*<\/category>/gs, '', /^info\/0: missing category$/],
    ['no event', /<event>.*<\/event>/, '', /^info\/0: missing event$/],
    ['a blank event', /<event>.*<\/event>/, '<event> </event>', /^info\/0\/event: must not be empty$/],
    ['no language', '<language>vi-VN</language>', '', /^info\/0: missing language: without it the text counts as en-US: write vi-VN$/],
    ['a language that is none', '>vi-VN<', '>tiếng Việt<', /^info\/0\/language: must be a language tag/],
    ['an unknown response', '>Assess<', '>Panic<', /^info\/0\/responseType\/0: must be one of Shelter/],
    ['an unknown urgency', '>Immediate<', '>Now<', /^info\/0\/urgency: must be one of/],
    ['an unknown severity', '>Severe<', '>High<', /^info\/0\/severity: must be one of/],
    ['an unknown certainty', '>Likely<', '>0.8<', /^info\/0\/certainty: must be one of/],
    ['two urgencies', '<urgency>', '<urgency>Past</urgency><urgency>', /^info\/0\/urgency: may be given once only$/],
    ['an unknown element', '<onset>', '<mood>bad</mood><onset>', /^info\/0: unknown element mood$/],
    ['sent before sender', /(<sender>.*<\/sender>)\s*(<sent>.*<\/sent>)/, '$2$1', /^sender: is out of order: must come before sent$/],
    [
      'area before resource',
      '<resource>',
      '<area><areaDesc>x</areaDesc></area><resource>',
      /^info\/0\/resource\/0: is out of order: must come before area$/,
    ],
    ['an event code without value', /<value>stalled-vehicle<\/value>/, '', /^info\/0\/eventCode\/0: missing value$/],
    ['a resource without type', /<mimeType>.*<\/mimeType>/, '', /^info\/0\/resource\/0: missing mimeType$/],
    ['a type that is none', '>image/jpeg<', '>jpeg<', /^info\/0\/resource\/0\/mimeType: must be a MIME type/],
    ['a negative size', '>4182<', '>-1<', /^info\/0\/resource\/0\/size: must be a whole number of bytes/],
    ['a URI with a space', 'e/1.jpg', 'e/1 .jpg', /^info\/0\/resource\/0\/uri: must be a URI/],
    ['SHA-256 as digest', /[0-9a-f]{40}/, 'a'.repeat(64), /^info\/0\/resource\/0\/digest: must be SHA-1: put SHA-256 into a parameter$/],
    ['no areaDesc', /<areaDesc>.*<\/areaDesc>/, '', /^info\/0\/area\/0: missing areaDesc$/],
    [
      'a polygon of three pairs',
      '10.1,106.1 10.2,106.1 10.2,106.2 10.1,106.1',
      '10.1,106.1 10.2,106.1 10.1,106.1',
      /^info\/0\/area\/0\/polygon\/0: needs at least 4 pairs/,
    ],
    ['an open polygon', '10.2,106.2 10.1,106.1', '10.2,106.2 10.1,106.2', /^info\/0\/area\/0\/polygon\/0: is not closed/],
    [
      'longitude first',
      '10.9804,106.6745',
      '106.6745,10.9804',
      /circle\/0: latitude 106.6745 is outside -90..90: CAP writes latitude first$/,
    ],
    ['a longitude beyond the date line', '10.9804,106.6745', '10.9804,186.6745', /circle\/0: longitude 186.6745 is outside -180..180$/],
    ['a circle without radius', '10.9804,106.6745 0.05', '10.9804,106.6745', /circle\/0: must be "lat,lon radius-in-km"/],
    ['a negative radius', '106.6745 0.05', '106.6745 -1', /circle\/0: must be/],
    ['a ceiling without altitude', '</area>', '<ceiling>10</ceiling></area>', /^info\/0\/area\/0\/ceiling: needs altitude beside it$/],
    ['text between elements', '<sender>', 'hello<sender>', /^: has text between its elements$/],
    ['an element inside a text', '>Actual<', '>Actual<b/><', /^status: must be text without elements inside$/],
    ['an attribute', '<sent>', '<sent zone="x">', /^sent: CAP has no attribute zone$/],
  ] as [string, string | RegExp, string, RegExp][])('%s', (_name, from, to, expected) => {
    const problems = problemsOf(changed(from, to));
    expect(problems.length).toBeGreaterThan(0);
    expect(
      problems.some((problem) => expected.test(problem)),
      problems.join('\n'),
    ).toBe(true);
  });
});

describe('advice', () => {
  it.each([
    ['an exercise without note', '>Actual<', '>Exercise<', 'note'],
    ['an expiry before sending', 'T20:20:05', 'T18:20:05', 'info/0/expires'],
    ['Assess in public', '>Restricted<', '>Public<', 'info/0/responseType'],
    ['an alert without info', INFO, '', 'info'],
  ])('is given for %s, and the message passes', (_name, from, to, path) => {
    const result = validateCap(changed(from, to));
    expect(result).toMatchObject({ ok: true, warnings: [{ path }] });
  });
});

describe('hostile documents', () => {
  const entity = '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
  const laughs = `<!DOCTYPE a [<!ENTITY a "${'ha'.repeat(50)}"><!ENTITY b "&a;&a;&a;&a;">]>`;
  it.each([
    ['an external entity', ALERT.replace('?>', `?>${entity}`).replace('Xe dừng', '&x;'), 'document type definition'],
    ['a laugh of entities', ALERT.replace('?>', `?>${laughs}`).replace('Xe dừng', '&b;'), 'document type definition'],
    ['a DTD in lower case', ALERT.replace('?>', '?><!doctype alert>'), 'document type definition'],
    ['an undeclared entity', ALERT.replace('Xe dừng', '&nbsp;'), 'entity "&nbsp;" is not allowed'],
    ['a bare ampersand', ALERT.replace('Xe dừng', 'A & B'), "char '&' is not expected"],
    ['a forbidden character', ALERT.replace('Xe dừng', '&#0;'), 'names no character of XML'],
    ['a document too large', ALERT.replace('Xe dừng', 'x'.repeat(CAP_LIMITS.maxBytes)), 'larger than 1048576 bytes'],
    [
      'a document too deep',
      ALERT.replace('Xe dừng bất thường', `${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`),
      'is not XML that can be read',
    ],
    ['another encoding', ALERT.replace('UTF-8', 'UTF-16'), 'is declared as UTF-16: send UTF-8'],
    ['an undeclared prefix', ALERT.replace('<sender>safecity.example.vn</sender>', '<x:sender>a</x:sender>'), 'prefix "x" is not declared'],
    ['two roots', `${ALERT}<alert/>`, ''],
    ['a cut-off document', ALERT.slice(0, 400), 'is not well-formed XML'],
    ['nothing', '', ''],
    ['text', 'hello', ''],
    ['JSON', '{"alert":1}', ''],
  ])('%s is refused', (_name, xml, expected) => {
    const problems = problemsOf(xml);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).toContain(expected);
  });
});
