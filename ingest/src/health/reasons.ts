import type { CameraTroubleKind, Reason } from '@safecity/contracts';
import { FROZEN_MS } from './frozen.js';
import { HEALTH_LIMITS, type PictureMeasures } from './picture-judge.js';

const percent = (share: number) => Math.round(share * 100);
const decimal = (value: number) => Math.round(value * 100) / 100;

interface ReasonContext {
  /** Silent or unchanged for so long. */
  forMs: number;
  /** Name of the preset that the picture is nearest to; empty or absent on a camera without presets. */
  view?: string | undefined;
}

/** Why a camera is said to be in trouble, in both languages and in numbers. */
export function reasonOf(kind: CameraTroubleKind, measures: PictureMeasures | null, { forMs, view }: ReasonContext): Reason {
  const seconds = Math.round(forMs / 1000);
  if (kind === 'offline' || measures === null) {
    return {
      text: { vi: `Không nhận được hình từ camera ${seconds} giây`, en: `No picture from the camera for ${seconds} s` },
      measures: [{ name: 'silentMs', value: Math.round(forMs), comparison: '>=', threshold: 10_000 }],
    };
  }
  if (kind === 'frozen') {
    return {
      text: { vi: `Dữ liệu vẫn đến nhưng hình không đổi ${seconds} giây`, en: `Pictures come, but have not changed for ${seconds} s` },
      measures: [{ name: 'unchangedMs', value: Math.round(forMs), comparison: '>=', threshold: FROZEN_MS }],
    };
  }
  if (kind === 'covered') return coveredReason(measures);
  if (kind === 'defocused') {
    const sharpness = decimal(measures.sharpness ?? 0);
    return {
      text: {
        vi: `Độ nét còn ${percent(sharpness)} % so với ảnh chuẩn`,
        en: `Sharpness is ${percent(sharpness)} % of the reference picture`,
      },
      measures: [{ name: 'sharpness', value: sharpness, comparison: '<', threshold: HEALTH_LIMITS.sharpness }],
    };
  }
  return movedReason(measures, view);
}

function coveredReason({ texturedShare, edges, brightness }: PictureMeasures): Reason {
  const shown = percent(texturedShare);
  const light = Math.round(brightness);
  const isBlank = texturedShare <= HEALTH_LIMITS.texturedShare;
  return {
    text: {
      vi: `Chỉ ${shown} % hình còn thấy gì đó (độ sáng ${light}/255): ống kính bị che hoặc hình đen`,
      en: `Only ${shown} % of the picture shows anything (brightness ${light}/255): the lens is covered, or the picture is blank`,
    },
    measures: isBlank
      ? [{ name: 'texturedShare', value: decimal(texturedShare), comparison: '<=', threshold: HEALTH_LIMITS.texturedShare }]
      : [{ name: 'edgesLeftShare', value: Math.round((edges ?? 0) * 10_000) / 10_000, comparison: '<', threshold: HEALTH_LIMITS.edges }],
  };
}

function movedReason({ shift, agreement }: PictureMeasures, view?: string): Reason {
  const against = view
    ? { vi: `vị trí đặt sẵn gần nhất “${view}”`, en: `the nearest preset “${view}”` }
    : { vi: 'ảnh chuẩn', en: 'the reference picture' };
  if (!shift) {
    const share = decimal(agreement ?? 0);
    return {
      text: {
        vi: `Hình khác hẳn ${against.vi}: chỉ ${percent(share)} % còn khớp`,
        en: `Another view than ${against.en}: only ${percent(share)} % still agrees`,
      },
      measures: [{ name: 'agreementShare', value: share, comparison: '<=', threshold: HEALTH_LIMITS.otherView }],
    };
  }
  const x = percent(shift.x);
  const y = percent(shift.y);
  const turn = decimal(shift.rotationDegrees);
  const zoom = decimal(shift.zoom);
  return {
    text: {
      vi: `Khung hình lệch ${x} % ngang, ${y} % dọc, xoay ${turn}°, phóng ${zoom} lần so với ${against.vi}`,
      en: `The view has shifted by ${x} % across and ${y} % down, turned by ${turn}°, zoomed ${zoom} times against ${against.en}`,
    },
    measures: [
      {
        name: 'displacementShare',
        value: Math.round(shift.displacement * 1000) / 1000,
        comparison: '>=',
        threshold: HEALTH_LIMITS.displacement,
      },
    ],
  };
}
