import type { RuleTypeId, TracksFrame } from '@safecity/contracts';
import { RULE_TYPE_IDS } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { convert } from 'xmlbuilder2';
import type { Alert } from '../alerts/alert-schemas.js';
import { type DetectedAlert, isDetected, type OnvifEvent, objectIdOf, onvifEvent } from './onvif-event.js';
import { eventXml, metadataOf, metadataXml } from './onvif-metadata.js';
import { eventMessage, metadataMessage } from './onvif-mqtt.js';
import { topicOf } from './onvif-topics.js';

const AT = Date.UTC(2026, 10, 28, 7, 0, 0, 120);

const frame: TracksFrame = {
  cameraId: 'cam-1',
  capturedAtMs: AT,
  tracks: [
    {
      ...{ id: 'k1-7', class: 'motorcycle', score: 0.934, box: [0.25, 0.5, 0.5, 1], stationaryMs: 0, findings: [] },
      plate: { text: '61AA12345' } as never,
    },
    { id: 'k1-8', class: 'person', score: 0.5, box: [0, 0, 1, 0.5], stationaryMs: 0, findings: [] },
  ],
  occupancy: {},
  signals: {},
};

function anAlertOf(type: RuleTypeId, changes: Partial<Alert> = {}): DetectedAlert {
  const finding = { ruleId: 'line-1', trackIds: ['k1-7'], class: 'car' };
  return {
    ...{ id: 'a-1', type, severity: 'high', state: 'new', ongoing: true, startMs: AT - 5000, updatedMs: AT, simulated: false },
    ...{ cameraId: 'cam-1', byHand: null, findings: [finding], reason: { measures: [{ value: 12.4 }] } },
    ...changes,
  } as unknown as DetectedAlert;
}

it('tells of what rules found alone', () => {
  const opened: Partial<Alert> = { byHand: { openedBy: 'op', source: 'seen', location: null, moments: [], earlier: [] } };
  expect([isDetected(anAlertOf('fire')), isDetected(anAlertOf('fire', opened))]).toEqual([true, false]);
  expect(isDetected(anAlertOf('fire', { ...opened, cameraId: null }))).toBe(false);
});

describe('objects of a frame', () => {
  it('stand in -1..1 with y up, as vehicles with their type, without plates', () => {
    const { Frame } = metadataOf(frame) as { Frame: { Object: Record<string, never>[] } };
    expect(Frame.Object[0]).toEqual({
      '@ObjectId': objectIdOf('k1-7'),
      Appearance: {
        Shape: {
          BoundingBox: { '@left': '-0.5000', '@top': '0.0000', '@right': '0.0000', '@bottom': '-1.0000' },
          CenterOfGravity: { '@x': '-0.2500', '@y': '-0.5000' },
        },
        Class: { Type: { '@Likelihood': '0.93', '#text': 'Vehicle' } },
        VehicleInfo: { Type: { '@Likelihood': '0.93', '#text': 'Motorcycle' } },
      },
    });
    expect(JSON.stringify(metadataMessage('city', frame)) + metadataXml(frame)).not.toContain('61AA12345');
  });

  it('are a tt:MetadataStream whose times are UTC', () => {
    const read = convert(metadataXml(frame), { format: 'object' }) as Record<string, never>;
    expect(read['MetadataStream']).toMatchObject({
      '@xmlns': 'http://www.onvif.org/ver10/schema',
      VideoAnalytics: { Frame: { '@UtcTime': '2026-11-28T07:00:00.120Z', '@Source': 'cam-1', Object: [{}, {}] } },
    });
  });

  it('are numbered as ONVIF numbers objects, the same object the same', () => {
    expect(objectIdOf('k1-7')).toMatch(/^\d{1,10}$/);
    expect(Number(objectIdOf('k1-7'))).toBeLessThan(2 ** 31);
    expect(objectIdOf('k1-7')).not.toBe(objectIdOf('k1-8'));
  });
});

describe('events', () => {
  it.each([
    ['tripwire', 'RuleEngine/LineDetector/Crossed', { ObjectId: objectIdOf('k1-7') }],
    ['intrusion', 'RuleEngine/FieldDetector/ObjectsInside', { IsInside: 'true' }],
    ['loitering', 'RuleEngine/LoiteringDetector/ObjectIsLoitering', { Since: '2026-11-28T06:59:55.120Z' }],
    ['crowd-occupancy', 'RuleEngine/CountAggregation/OccupancyCounter', { Count: '12' }],
    ['wrong-way-driver', 'RuleEngine/tnssafecity:WrongWayDriver', { State: 'true' }],
    ['camera-defocused', 'VideoSource/ImageTooBlurry/AnalyticsService', { State: 'true' }],
  ] as const)('%s is %s', (type, topic, data) => {
    const event = onvifEvent(anAlertOf(type));
    expect(event.levels.join('/')).toBe(topic);
    expect(event.data).toMatchObject({ ...data, Type: type, AlertId: 'a-1', Active: 'true' });
    expect('Rule' in event.source).toBe(topic.startsWith('RuleEngine'));
  });

  it.each([{ ongoing: false }, { state: 'false-alarm' }, { state: 'resolved' }] as const)('say %o as over', (changes) => {
    expect(onvifEvent(anAlertOf('intrusion', changes)).data).toMatchObject({ IsInside: 'false', Active: 'false' });
  });

  it('have a topic for every type that there is', () => {
    for (const type of RULE_TYPE_IDS) expect(topicOf(type).levels.join('/')).toMatch(/^(RuleEngine|VideoSource)(\/[A-Za-z:]+)+$/);
  });

  it('name prefix, camera, topic and source over MQTT; nothing in a name can become a level or a wildcard', () => {
    const hostile = {
      ...(onvifEvent(anAlertOf('tripwire')) satisfies OnvifEvent),
      source: { VideoSource: '1', AnalyticsConfiguration: '1', Rule: 'a/#+b' },
    };
    expect(eventMessage('city', 'cam-1', hostile)).toMatchObject({
      topic: 'city/cam-1/onvif-ej/RuleEngine/LineDetector/Crossed/&1/1/a___b',
      payload: { UtcTime: '2026-11-28T07:00:00.120Z', Source: { Rule: 'a/#+b' }, Data: { AlertId: 'a-1' } },
    });
    expect(eventMessage('', 'cam-1', hostile).topic).toMatch(/^cam-1\/onvif-ej\//);
  });

  it('are notifications in XML, whatever stands in a name', () => {
    const event = { ...onvifEvent(anAlertOf('collision')), source: { VideoSource: '1', Rule: '<a & "b">' } };
    expect(eventXml(event)).toContain('Value="&lt;a &amp; &quot;b&quot;&gt;"');
    expect(JSON.stringify(convert(eventXml(event), { format: 'object' }))).toContain('tns1:RuleEngine/tnssafecity:Collision');
  });
});
