import type { Camera, Rule } from '../api/types.js';
import { number } from '../text/format.js';
import type { Language } from '../text/language.js';

/** Names that a rule refers to by id. */
export interface RuleNames {
  zones: Camera['zones'];
  lines: Camera['lines'];
  signals: Camera['signals'];
  lanes: Camera['lanes'];
  classNames: Record<string, string>;
}

const GROUPS: Record<string, Record<Language, string>> = {
  person: { vi: 'người', en: 'people' },
  'two-wheeler': { vi: 'xe hai bánh', en: 'two-wheelers' },
  'large-vehicle': { vi: 'xe cỡ lớn', en: 'large vehicles' },
  vehicle: { vi: 'ô tô các loại', en: 'motor vehicles' },
  bag: { vi: 'túi xách', en: 'bags' },
  'road-vehicle': { vi: 'phương tiện giao thông', en: 'road vehicles' },
};

const DEFAULT_SUBJECT: Record<Rule['type'], Record<Language, string>> = {
  'crowd-occupancy': { vi: 'người', en: 'people' },
  intrusion: { vi: 'người hoặc phương tiện', en: 'a person or vehicle' },
  'stalled-vehicle': { vi: 'ô tô', en: 'a vehicle' },
  'red-light': { vi: 'phương tiện', en: 'a vehicle' },
  'line-count': { vi: 'phương tiện và người', en: 'vehicles and people' },
  occupancy: { vi: 'phương tiện và người', en: 'vehicles and people' },
  'crowd-density': { vi: 'người', en: 'people' },
  'crowd-surge': { vi: 'người', en: 'people' },
  'crowd-dispersal': { vi: 'người', en: 'people' },
  loitering: { vi: 'người', en: 'a person' },
  'plate-watchlist': { vi: 'phương tiện', en: 'a vehicle' },
  queue: { vi: 'người hoặc phương tiện', en: 'people or vehicles' },
  collision: { vi: 'phương tiện', en: 'a vehicle' },
  'pedestrian-on-road': { vi: 'người đi bộ', en: 'a person on foot' },
  congestion: { vi: 'phương tiện', en: 'vehicles' },
  'person-down': { vi: 'người', en: 'a person' },
  'abandoned-object': { vi: 'ba lô, túi xách, va li', en: 'a bag or suitcase' },
  fire: { vi: 'lửa', en: 'fire' },
  smoke: { vi: 'khói', en: 'smoke' },
  tripwire: { vi: 'người', en: 'a person' },
  'wrong-way': { vi: 'phương tiện', en: 'a vehicle' },
  'wrong-way-driver': { vi: 'phương tiện', en: 'a vehicle' },
  'illegal-turn': { vi: 'phương tiện', en: 'a vehicle' },
  'wrong-lane': { vi: 'phương tiện', en: 'a vehicle' },
  speeding: { vi: 'phương tiện', en: 'a vehicle' },
  'emergency-lane': { vi: 'phương tiện', en: 'a vehicle' },
  'pavement-riding': { vi: 'xe hai bánh', en: 'a two-wheeler' },
  'no-helmet': { vi: 'người đi xe máy', en: 'somebody on a motorcycle' },
  'illegal-stop': { vi: 'phương tiện', en: 'a vehicle' },
  'stop-line': { vi: 'phương tiện', en: 'a vehicle' },
};

function nameOf(list: { id: string; name: string }[], id: string): string {
  return `“${list.find((one) => one.id === id)?.name ?? id}”`;
}

function subjects(rule: Rule, names: RuleNames, language: Language): string {
  if (!rule.classes || rule.classes.length === 0) return DEFAULT_SUBJECT[rule.type][language];
  return rule.classes.map((one) => GROUPS[one]?.[language] ?? names.classNames[one] ?? one).join(', ');
}

function seconds(ms: number, language: Language): string {
  return `${number(ms / 1000, language)} ${language === 'vi' ? 'giây' : 's'}`;
}

/** What a subject does in a zone, for rules about how long it does so. */
const DOES: Partial<Record<Rule['type'], Record<Language, string>>> = {
  loitering: { vi: 'lảng vảng', en: 'staying' },
  'pedestrian-on-road': { vi: 'đi bộ trên lòng đường', en: 'on foot' },
  'person-down': { vi: 'nằm', en: 'lying' },
  'abandoned-object': { vi: 'bị bỏ lại', en: 'left alone' },
  fire: { vi: 'xuất hiện', en: 'seen' },
  smoke: { vi: 'xuất hiện', en: 'seen' },
  'emergency-lane': { vi: 'chạy', en: 'driving' },
  'pavement-riding': { vi: 'chạy', en: 'ridden' },
  'illegal-stop': { vi: 'dừng, đỗ', en: 'stopped' },
};

/** What a rule checks, with its thresholds, as a sentence. */
export function ruleInWords(rule: Rule, names: RuleNames, language: Language): string {
  const who = subjects(rule, names, language);
  const vi = language === 'vi';
  switch (rule.type) {
    case 'crowd-occupancy': {
      const zone = nameOf(names.zones, rule.zoneId);
      const hold = seconds(rule.holdMs, language);
      const clear = rule.clearCount ?? Math.ceil(rule.minCount * 0.8);
      return vi
        ? `Từ ${rule.minCount} ${who} trở lên trong vùng ${zone} suốt ${hold}; hết khi còn dưới ${clear}`
        : `${rule.minCount} or more ${who} in zone ${zone} for ${hold}; over when fewer than ${clear}`;
    }
    case 'intrusion': {
      const zone = nameOf(names.zones, rule.zoneId);
      const dwell = seconds(rule.dwellMs, language);
      return vi ? `Có ${who} trong vùng ${zone} từ ${dwell} trở lên` : `${who} inside zone ${zone} for ${dwell} or more`;
    }
    case 'stalled-vehicle': {
      const zone = nameOf(names.zones, rule.zoneId);
      const dwell = seconds(rule.dwellMs, language);
      return vi ? `Có ${who} đứng yên trong vùng ${zone} từ ${dwell} trở lên` : `${who} standing in zone ${zone} for ${dwell} or more`;
    }
    case 'wrong-way':
    case 'wrong-way-driver': {
      const lanes = rule.laneIds.map((id) => nameOf(names.lanes, id)).join(', ');
      const share = `${number(rule.minDistance * 100, language)} %`;
      const metres = `${number(rule.minDistanceM, language)} m`;
      return vi
        ? `Có ${who} đi ngược chiều làn ${lanes} từ ${metres} trở lên (chưa hiệu chuẩn: ${share} chiều cao hình)`
        : `${who} going against lane ${lanes} for ${metres} or more (without calibration: ${share} of the picture height)`;
    }
    case 'red-light': {
      const line = nameOf(names.lines, rule.lineId);
      const signal = nameOf(names.signals, rule.signalId);
      const grace = seconds(rule.graceMs, language);
      const side = vi ? { left: 'trái', right: 'phải' }[rule.direction] : rule.direction;
      return vi
        ? `Có ${who} qua vạch ${line} sang bên ${side} khi đèn ${signal} đã đỏ quá ${grace}`
        : `${who} crossing line ${line} to the ${side} while signal ${signal} has been red for more than ${grace}`;
    }
    case 'illegal-turn': {
      const place = (lineId?: string, zoneId?: string) =>
        lineId === undefined ? nameOf(names.zones, zoneId ?? '') : nameOf(names.lines, lineId);
      const entry = place(rule.entryLineId, rule.entryZoneId);
      const exit = place(rule.exitLineId, rule.exitZoneId);
      const within = seconds(rule.withinMs, language);
      return vi
        ? `Có ${who} vào qua ${entry} rồi ra qua ${exit} trong ${within}`
        : `${who} entering by ${entry} and leaving by ${exit} within ${within}`;
    }
    case 'wrong-lane': {
      const lanes = rule.laneIds.map((id) => nameOf(names.lanes, id)).join(', ');
      const dwell = seconds(rule.dwellMs, language);
      return vi
        ? `Có ${who} không được phép chạy trong làn ${lanes} từ ${dwell} trở lên`
        : `${who} of a class that may not, driving in lane ${lanes} for ${dwell} or more`;
    }
    case 'speeding': {
      const lanes = rule.laneIds.map((id) => nameOf(names.lanes, id)).join(', ');
      const over = number(rule.toleranceKmh, language);
      return vi
        ? `Có ${who} trong làn ${lanes} chạy quá tốc độ cho phép hơn ${over} km/h`
        : `${who} in lane ${lanes} faster than its limit by more than ${over} km/h`;
    }
    case 'stop-line': {
      const line = nameOf(names.lines, rule.lineId);
      const signal = nameOf(names.signals, rule.signalId);
      const dwell = seconds(rule.dwellMs, language);
      return vi
        ? `Có ${who} dừng quá vạch ${line} từ ${dwell} trở lên khi đèn ${signal} đỏ`
        : `${who} standing past line ${line} for ${dwell} or more while signal ${signal} is red`;
    }
    case 'loitering':
    case 'pedestrian-on-road':
    case 'person-down':
    case 'abandoned-object':
    case 'fire':
    case 'smoke':
    case 'emergency-lane':
    case 'pavement-riding':
    case 'illegal-stop': {
      const zone = nameOf(names.zones, rule.zoneId);
      const time = seconds('dwellMs' in rule ? rule.dwellMs : rule.holdMs, language);
      const does = DOES[rule.type]?.[language] ?? '';
      return vi ? `Có ${who} ${does} trong vùng ${zone} từ ${time} trở lên` : `${who} ${does} in zone ${zone} for ${time} or more`;
    }
    case 'no-helmet':
      return vi
        ? `Có ${who} không đội mũ bảo hiểm, thấy trong từ ${rule.minLooks} ảnh trở lên; cần mô hình nhận ra mũ bảo hiểm, chưa có thì không hoạt động`
        : `${who} without a helmet, seen in ${rule.minLooks} pictures or more; needs a model that tells helmets, off without one`;
    case 'plate-watchlist': {
      const share = `${number(rule.minConfidence * 100, language, 0)} %`;
      const lists = rule.listIds?.join(', ');
      return vi
        ? `Có ${who} với biển số trong ${lists ? `danh sách ${lists}` : 'danh sách theo dõi'}, độ tin cậy từ ${share}`
        : `${who} whose plate is on ${lists ? `the list ${lists}` : 'a watchlist'}, confidence ${share} or more`;
    }
    case 'line-count': {
      const line = nameOf(names.lines, rule.lineId);
      return vi
        ? `Đếm ${who} qua vạch ${line} theo từng chiều, mỗi ${seconds(rule.intervalMs, language)}`
        : `Counts ${who} over line ${line} each way, per ${seconds(rule.intervalMs, language)}`;
    }
    case 'occupancy': {
      const zone = nameOf(names.zones, rule.zoneId);
      return vi
        ? `Đếm ${who} trong vùng ${zone}, mỗi ${seconds(rule.intervalMs, language)}`
        : `Counts ${who} in zone ${zone}, per ${seconds(rule.intervalMs, language)}`;
    }
    case 'crowd-density': {
      const zone = nameOf(names.zones, rule.zoneId);
      const density = number(rule.minPerM2, language, 2);
      return vi
        ? `Từ ${density} ${who}/m² trở lên trong vùng ${zone} suốt ${seconds(rule.holdMs, language)}`
        : `${density} or more ${who} per m² in zone ${zone} for ${seconds(rule.holdMs, language)}`;
    }
    case 'crowd-surge': {
      const zone = nameOf(names.zones, rule.zoneId);
      return vi
        ? `Tăng từ ${rule.minIncrease} ${who} trở lên trong ${seconds(rule.windowMs, language)} ở vùng ${zone}`
        : `${rule.minIncrease} or more additional ${who} within ${seconds(rule.windowMs, language)} in zone ${zone}`;
    }
    case 'crowd-dispersal': {
      const zone = nameOf(names.zones, rule.zoneId);
      const share = number(rule.minShare * 100, language, 0);
      return vi
        ? `Từ ${share} % trong ít nhất ${rule.minCount} ${who} ở vùng ${zone} chạy tản ra`
        : `${share} % or more of at least ${rule.minCount} ${who} in zone ${zone} running apart`;
    }
    case 'queue': {
      const zone = nameOf(names.zones, rule.zoneId);
      return vi
        ? `Từ ${rule.minCount} ${who} trở lên chờ trong vùng ${zone} suốt ${seconds(rule.holdMs, language)}`
        : `${rule.minCount} or more ${who} waiting in zone ${zone} for ${seconds(rule.holdMs, language)}`;
    }
    case 'congestion': {
      const zone = nameOf(names.zones, rule.zoneId);
      const share = number(rule.maxSpeedShare * 100, language, 0);
      return vi
        ? `Từ ${rule.minVehicles} ${who} trở lên trong vùng ${zone}, chạy từ ${share} % tốc độ thông thoáng trở xuống, suốt ${seconds(rule.holdMs, language)}`
        : `${rule.minVehicles} or more ${who} in zone ${zone} at ${share} % of free flow or less for ${seconds(rule.holdMs, language)}`;
    }
    case 'collision': {
      const zone = nameOf(names.zones, rule.zoneId);
      return vi
        ? `Có ${who} chạm xe hoặc người khác trong vùng ${zone}, dừng đột ngột và đứng yên từ ${seconds(rule.stillMs, language)}, từ ${rule.minPeople} người bên cạnh`
        : `${who} meeting another road user in zone ${zone}, stopping suddenly and standing for ${seconds(rule.stillMs, language)}, ${rule.minPeople} or more people beside it`;
    }
    case 'tripwire': {
      const line = nameOf(names.lines, rule.lineId);
      const side =
        rule.direction === 'both' ? '' : vi ? ` sang bên ${{ left: 'trái', right: 'phải' }[rule.direction]}` : ` to the ${rule.direction}`;
      return vi ? `Có ${who} vượt vạch ${line}${side}` : `${who} crossing line ${line}${side}`;
    }
  }
}
