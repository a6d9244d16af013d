import type { ObjectClass, OverlayTrack, TracksFrame } from '@safecity/contracts';
import { create } from 'xmlbuilder2';
import { type OnvifEvent, objectIdOf } from './onvif-event.js';
import { OWN_TOPICS } from './onvif-topics.js';

/** An element: attributes begin with `@`, its text is `#text`, as in ONVIF's JSON over MQTT. */
export interface Element {
  [name: string]: string | Element | Element[];
}

/** Names of ONVIF's object and vehicle types (`metadatastream.xsd`) for our classes; what it has no name for keeps ours. */
const TYPES: Partial<Record<ObjectClass, { object: string; vehicle?: string }>> = {
  person: { object: 'Human' },
  bicycle: { object: 'Bicycle', vehicle: 'Bicycle' },
  motorcycle: { object: 'Vehicle', vehicle: 'Motorcycle' },
  car: { object: 'Vehicle', vehicle: 'Car' },
  bus: { object: 'Vehicle', vehicle: 'Bus' },
  truck: { object: 'Vehicle', vehicle: 'Truck' },
};

const decimals = (value: number): string => value.toFixed(4);

/** Ours: 0..1, y down. ONVIF's: -1..1, y up. */
const across = (x: number): string => decimals(2 * x - 1);
const upward = (y: number): string => decimals(1 - 2 * y);

const likely = (type: string, score: number): Element => ({ '@Likelihood': score.toFixed(2), '#text': type });

function objectOf({ id, class: name, score, box: [x1, y1, x2, y2] }: OverlayTrack): Element {
  const type = TYPES[name] ?? { object: name };
  return {
    '@ObjectId': objectIdOf(id),
    Appearance: {
      Shape: {
        BoundingBox: { '@left': across(x1), '@top': upward(y1), '@right': across(x2), '@bottom': upward(y2) },
        CenterOfGravity: { '@x': across((x1 + x2) / 2), '@y': upward((y1 + y2) / 2) },
      },
      Class: { Type: likely(type.object, score) },
      ...(type.vehicle === undefined ? {} : { VehicleInfo: { Type: likely(type.vehicle, score) } }),
    },
  };
}

/** The objects of one frame as the content of `tt:VideoAnalytics` (Analytics Service Specification, scene description). */
export function metadataOf(frame: TracksFrame): Element {
  return {
    Frame: { '@UtcTime': new Date(frame.capturedAtMs).toISOString(), '@Source': frame.cameraId, Object: frame.tracks.map(objectOf) },
  };
}

const items = (values: Record<string, string>): Element => ({
  SimpleItem: Object.entries(values).map(([Name, Value]) => ({ '@Name': Name, '@Value': Value })),
});

function notification({ levels, utcTime, source, data }: OnvifEvent): Element {
  return {
    'wsnt:NotificationMessage': {
      '@xmlns:wsnt': 'http://docs.oasis-open.org/wsn/b-2',
      '@xmlns:tns1': 'http://www.onvif.org/ver10/topics',
      [`@xmlns:${OWN_TOPICS.prefix}`]: OWN_TOPICS.uri,
      'wsnt:Topic': {
        '@Dialect': 'http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet',
        '#text': `tns1:${levels.join('/')}`,
      },
      'wsnt:Message': {
        Message: { '@UtcTime': utcTime, '@PropertyOperation': 'Changed', Source: items(source), Data: items(data) },
      },
    },
  };
}

/** One document of a metadata stream, `tt:MetadataStream`. */
function stream(content: Element): string {
  return create({ version: '1.0', encoding: 'UTF-8' })
    .ele('http://www.onvif.org/ver10/schema', 'MetadataStream')
    .ele(content as never)
    .end();
}

/** The objects of one frame as XML. */
export const metadataXml = (frame: TracksFrame): string => stream({ VideoAnalytics: metadataOf(frame) });

/** An event as XML. */
export const eventXml = (event: OnvifEvent): string => stream({ Event: notification(event) });
