import type { Bilingual, CameraConfig, Finding, RuleConfig } from '@safecity/contracts';
import { signalStateAt } from '../signals/signal-state.js';

export const SIMULATED_SIGNAL: Bilingual = { vi: 'đèn mô phỏng, không dùng để xử phạt', en: 'simulated signal, not fineable' };
export const NOT_CALIBRATED: Bilingual = {
  vi: 'camera chưa hiệu chuẩn, quãng đường không đo được bằng mét',
  en: 'camera not calibrated: no distance in metres',
};
const SIMULATED_CAMERA: Bilingual = { vi: 'camera mô phỏng, không dùng để xử phạt', en: 'simulated camera, not fineable' };

/**
 * Whether a violation may be fined: not on a camera that plays a recording, not when it rests on a scripted signal, and
 * not for any of `reasons`. All of them are told.
 */
export function fineableUnless(rule: RuleConfig, camera: CameraConfig, reasons: readonly Bilingual[] = []): Finding['fineable'] {
  const signal = 'signalId' in rule ? camera.signals.find(({ id }) => id === rule.signalId) : undefined;
  const all = [
    ...(camera.simulated ? [SIMULATED_CAMERA] : []),
    ...(signal && signalStateAt(signal, 0).simulated ? [SIMULATED_SIGNAL] : []),
    ...reasons,
  ];
  return { value: all.length === 0, reasons: all };
}
