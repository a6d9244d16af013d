import type { CameraConfig } from '@safecity/contracts';
import { masksOf } from '../session/privacy-mask-filter.js';

/** True when a change of configuration needs a new connection to the camera. */
export function sourceChanged(before: CameraConfig, after: CameraConfig): boolean {
  const key = ({ source, enabled }: CameraConfig) =>
    JSON.stringify([source.url, source.detectUrl, source.transport, source.sealedCredentials, enabled]);
  return key(before) !== key(after) || masksChanged(before, after);
}

/** True when what the ring holds of the camera may show what must not be seen any more. */
export function masksChanged(before: CameraConfig, after: CameraConfig): boolean {
  return JSON.stringify(masksOf(before)) !== JSON.stringify(masksOf(after));
}
