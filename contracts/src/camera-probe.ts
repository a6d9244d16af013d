import { type Static, Type } from 'typebox';
import { CameraSource } from './camera.js';
import { strict } from './rules/common.js';
import { worded } from './validate.js';

/** What a camera that is being tried may be asked at, with its credentials sealed as in the configuration. vms-api → ingest. */
export const StreamProbe = Type.Object(
  {
    url: CameraSource.properties.url,
    transport: CameraSource.properties.transport,
    sealedCredentials: CameraSource.properties.sealedCredentials,
  },
  strict,
);
export type StreamProbe = Static<typeof StreamProbe>;

/** Why it did not work: a code of ingest and the mend in words. */
const Problem = Type.Object({ code: Type.String(), message: Type.String() });

/** What a stream is, or why it cannot be had. */
export const StreamProbeResult = Type.Union([
  Type.Object({
    ok: Type.Literal(true),
    codec: Type.String({ description: 'RFC 6381, for example avc1.64001f' }),
    family: Type.Enum(['h264', 'h265']),
    widthPx: Type.Integer(),
    heightPx: Type.Integer(),
    fps: Type.Union([Type.Number(), Type.Null()], { description: 'Pictures per second, by the times in the stream' }),
    gopMs: Type.Union([Type.Number(), Type.Null()], { description: 'Between two keyframes; null when the second did not come in time' }),
    jpegBase64: Type.String({ description: 'The first picture, at most 960 pixels wide' }),
    tookMs: Type.Number(),
  }),
  Type.Object({ ok: Type.Literal(false), problem: Problem, tookMs: Type.Number() }),
]);
export type StreamProbeResult = Static<typeof StreamProbeResult>;

/** Where an ONVIF device answers. */
export const OnvifProbe = Type.Object(
  {
    address: Type.String({
      pattern: worded('^http://[^\\s@/?#]+(/[^\\s?#]*)?$', 'onvif-address', 'must be http:// and a host, without user and password'),
      description: 'http://host, with port and path when they are not 80 and /onvif/device_service',
    }),
    sealedCredentials: CameraSource.properties.sealedCredentials,
  },
  strict,
);
export type OnvifProbe = Static<typeof OnvifProbe>;

/** One stream that a device offers. */
export const OnvifProfile = Type.Object({
  token: Type.String(),
  name: Type.String(),
  url: Type.String({ description: 'RTSP address, without credentials, at the host that was asked' }),
  codec: Type.Union([Type.String(), Type.Null()], { description: 'As the device calls it: H264, H265, JPEG' }),
  widthPx: Type.Union([Type.Integer(), Type.Null()]),
  heightPx: Type.Union([Type.Integer(), Type.Null()]),
  fps: Type.Union([Type.Number(), Type.Null()], { description: 'The most that the device is set to send' }),
});
export type OnvifProfile = Static<typeof OnvifProfile>;

export const OnvifProbeResult = Type.Union([
  Type.Object({ ok: Type.Literal(true), profiles: Type.Array(OnvifProfile, { maxItems: 16 }) }),
  Type.Object({ ok: Type.Literal(false), problem: Problem }),
]);
export type OnvifProbeResult = Static<typeof OnvifProbeResult>;

/** A device that answered a search of the network. Its words are its own: nothing of it was checked. */
export const OnvifDevice = Type.Object({
  address: Type.String({ description: 'http://host:port/path to ask for its streams at' }),
  name: Type.Union([Type.String(), Type.Null()]),
  hardware: Type.Union([Type.String(), Type.Null()]),
});
export type OnvifDevice = Static<typeof OnvifDevice>;

export const OnvifSearchResult = Type.Object({ devices: Type.Array(OnvifDevice, { maxItems: 256 }) });
export type OnvifSearchResult = Static<typeof OnvifSearchResult>;
