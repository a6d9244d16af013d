import type { Measure } from '../api/types.js';
import { duration, number } from './format.js';
import type { Language } from './language.js';

const NAMES: Record<string, Record<Language, string>> = {
  dwellMs: { vi: 'Thời gian ở lại', en: 'Time stayed' },
  stationaryMs: { vi: 'Thời gian đứng yên', en: 'Time standing' },
  holdMs: { vi: 'Thời gian kéo dài', en: 'Time held' },
  count: { vi: 'Số đối tượng trong vùng', en: 'Objects in the zone' },
  densityPerM2: { vi: 'Mật độ, người/m²', en: 'Density, people/m²' },
  increase: { vi: 'Tăng thêm', en: 'Increase' },
  growthShare: { vi: 'Mức tăng', en: 'Growth' },
  outwardShare: { vi: 'Tỷ lệ chạy tản ra', en: 'Running apart' },
  queueCount: { vi: 'Số đang chờ', en: 'Waiting' },
  speedShare: { vi: 'So với thông thoáng', en: 'Of free flow' },
  stopMs: { vi: 'Dừng hẳn sau', en: 'Stopped within' },
  people: { vi: 'Người bên cạnh', en: 'People beside' },
  crossings: { vi: 'Lần vượt vạch', en: 'Crossings' },
  speedBoxSizesPerSecond: { vi: 'Tốc độ', en: 'Speed' },
  redMs: { vi: 'Đèn đã đỏ', en: 'Red for' },
  pastDistancePictureHeights: { vi: 'Đã qua vạch', en: 'Past the line' },
  againstDistanceM: { vi: 'Quãng đi ngược chiều', en: 'Distance against the lane' },
  againstDistancePictureHeights: { vi: 'Quãng đi ngược chiều', en: 'Distance against the lane' },
  shiftBoxSizes: { vi: 'Xê dịch', en: 'Shift' },
  speedBoxHeightsPerSecond: { vi: 'Tốc độ', en: 'Speed' },
  turnMs: { vi: 'Từ lúc vào đến lúc ra', en: 'From entry to exit' },
  drivenDistanceM: { vi: 'Quãng đi trong làn', en: 'Distance in the lane' },
  drivenDistancePictureHeights: { vi: 'Quãng đi trong làn', en: 'Distance in the lane' },
  silentMs: { vi: 'Không có hình', en: 'Without pictures' },
  unchangedMs: { vi: 'Hình không đổi', en: 'Picture unchanged' },
  texturedShare: { vi: 'Phần hình còn chi tiết', en: 'Picture with detail' },
  sharpness: { vi: 'Độ nét', en: 'Sharpness' },
  edgesLeftShare: { vi: 'Đường nét còn lại', en: 'Edges left' },
  agreementShare: { vi: 'Chi tiết khớp góc nhìn đã học', en: 'Details that fit the learnt view' },
  displacementShare: { vi: 'Xê dịch so với góc nhìn đã học', en: 'Shift from the learnt view' },
  apartMs: { vi: 'Hai nguồn đèn lệch nhau', en: 'Signal sources apart' },
  plateConfidenceShare: { vi: 'Độ tin cậy của biển số', en: 'Confidence of the plate' },
  speedKmh: { vi: 'Tốc độ', en: 'Speed' },
};

/** `dwellMs` → `dwell`, `Ms`: units end the name. */
const UNIT = /(Ms|Kmh|Px|Deg|Share|M|BoxSizes|BoxSizesPerSecond|BoxHeightsPerSecond|PictureHeights)$/;

/** Units that are a share of something: shown in percent, with what of. */
const SHARES: Record<string, Record<Language, string>> = {
  Share: { vi: '%', en: '%' },
  BoxSizes: { vi: '% cỡ khung', en: '% of its size' },
  BoxSizesPerSecond: { vi: '% cỡ khung/giây', en: '% of its size/s' },
  BoxHeightsPerSecond: { vi: '% chiều cao khung/giây', en: '% of its height/s' },
  PictureHeights: { vi: '% chiều cao hình', en: '% of picture height' },
};

/** Name of a measure for people; one that has no name yet is spelled out from its identifier. */
export function measureName(name: string, language: Language): string {
  const known = NAMES[name];
  if (known) return known[language];
  const words = name
    .replace(UNIT, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A measured value with the unit that its name ends in. Times are rounded down, as in the sentence beside them. */
export function measureValue(name: string, value: number, language: Language): string {
  const unit = UNIT.exec(name)?.[1];
  if (unit === 'Ms')
    return value < 60_000
      ? `${number(Math.floor(value / 100) / 10, language)} ${language === 'vi' ? 'giây' : 's'}`
      : duration(value, language);
  if (unit === 'Kmh') return `${number(value, language)} km/h`;
  const share = unit === undefined ? undefined : SHARES[unit];
  if (share) return `${number(value * 100, language)} ${share[language]}`;
  if (unit === 'M') return `${number(value, language)} m`;
  if (unit === 'Deg') return `${number(value, language)}°`;
  if (unit === 'Px') return `${number(value, language, 0)} px`;
  return number(value, language, 3);
}

const SIGNS: Record<Measure['comparison'], string> = { '>=': '≥', '>': '>', '<=': '≤', '<': '<', '=': '=' };

/** `≥ 20 giây`: what the value had to meet. */
export function measureThreshold(measure: Measure, language: Language): string {
  return `${SIGNS[measure.comparison]} ${measureValue(measure.name, measure.threshold, language)}`;
}
