import {
  type Bilingual,
  type CameraConfig,
  type CertificateState,
  certificateState,
  type Finding,
  type RuleConfig,
  type Signal,
} from '@safecity/contracts';
import { spansBetween } from '../signals/signal-memory.js';
import type { SignalMemories } from '../signals/signal-state.js';

const SIMULATED_SIGNAL: Bilingual = { vi: 'đèn mô phỏng, không dùng để xử phạt', en: 'simulated signal, not fineable' };
export const NOT_CALIBRATED: Bilingual = {
  vi: 'camera chưa hiệu chuẩn, quãng đường không đo được bằng mét',
  en: 'camera not calibrated: no distance in metres',
};
const BY_HAND: Bilingual = {
  vi: 'giao thông do người điều khiển, đèn không có hiệu lực',
  en: 'traffic directed by hand: the signal does not count',
};
const APART: Bilingual = { vi: 'hai nguồn trạng thái đèn không khớp', en: 'the two sources of the signal disagree' };
const UNCHECKED: Bilingual = {
  vi: 'chỉ một trong hai nguồn cho biết trạng thái đèn',
  en: 'only one of the two sources tells the state of the signal',
};
const UNFIT: Partial<Record<CertificateState, (number: string, day: string) => Bilingual>> = {
  absent: () => ({ vi: 'camera không có giấy chứng nhận kiểm định', en: 'the camera has no calibration certificate' }),
  'not-yet': (number) => ({
    vi: `giấy chứng nhận kiểm định ${number} chưa có hiệu lực lúc ghi hình`,
    en: `calibration certificate ${number} was not valid yet when this was seen`,
  }),
  expired: (number, day) => ({
    vi: `giấy chứng nhận kiểm định ${number} đã hết hạn ngày ${day}`,
    en: `calibration certificate ${number} expired on ${day}`,
  }),
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
    ...(signal?.source.kind === 'script' ? [SIMULATED_SIGNAL] : []),
    ...reasons,
  ];
  return { value: all.length === 0, reasons: all };
}

/** Why what a camera measured at a capture time cannot carry a fine: its certificate is absent, or was not valid then. */
export function certificateDoubts({ certificate }: CameraConfig, atMs: number): Bilingual[] {
  const unfit = UNFIT[certificateState(certificate, atMs)];
  return unfit ? [unfit(certificate?.number ?? '', certificate?.validUntil ?? '')] : [];
}

/**
 * Why a signal cannot carry a fine between two capture times (both inclusive): its sources differ or one is silent, an
 * officer directs the traffic, or the controller is worked by hand.
 */
export function signalDoubts(signal: Signal, memories: SignalMemories, fromMs: number, toMs: number): Bilingual[] {
  const spans = spansBetween(memories[signal.id], fromMs, toMs);
  const isDirected = (signal.officerDirected ?? []).some((window) => window.fromMs <= toMs && window.toMs > fromMs);
  return [
    ...(isDirected || spans.some(({ manual }) => manual) ? [BY_HAND] : []),
    ...(spans.some(({ doubt }) => doubt === 'apart') ? [APART] : []),
    ...(spans.some(({ doubt }) => doubt === 'unchecked') ? [UNCHECKED] : []),
  ];
}
