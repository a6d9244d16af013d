import type { TracksFrame } from '@safecity/contracts';
import type { OnvifEvent } from './onvif-event.js';
import { metadataOf } from './onvif-metadata.js';

/** A message as it goes to a broker, and to a WebSocket that wants JSON. */
export interface TopicMessage {
  topic: string;
  payload: unknown;
}

/** What MQTT gives a meaning in topic names cannot be part of a level. */
const level = (text: string): string => text.replaceAll(/[/+#\0]/g, '_');

/** Each camera is a device of its own: `<prefix>/<cameraId>`. */
const deviceTopic = (prefix: string, cameraId: string, rest: string): string =>
  [...(prefix ? [prefix] : []), level(cameraId), rest].join('/');

/** An event (Core Specification, event broker): levels of its topic, `&`, values of its source. */
export function eventMessage(prefix: string, cameraId: string, { levels, utcTime, source, data }: OnvifEvent): TopicMessage {
  const [first = '', ...others] = Object.values(source).map(level);
  const rest = ['onvif-ej', ...levels, `&${first}`, ...others].join('/');
  return { topic: deviceTopic(prefix, cameraId, rest), payload: { UtcTime: utcTime, Source: source, Data: data } };
}

/** The objects of one frame (Analytics Service Specification, JSON over MQTT): profile 1, module `objects`. */
export function metadataMessage(prefix: string, frame: TracksFrame): TopicMessage {
  return { topic: deviceTopic(prefix, frame.cameraId, 'onvif-mj/VideoAnalytics/1/objects'), payload: metadataOf(frame) };
}
