import type { Camera, Rule } from '../api/types.js';
import { number } from '../text/format.js';
import type { Language } from '../text/language.js';

/** Names that a rule refers to by id. */
export interface RuleNames {
  zones: Camera['zones'];
  lines: Camera['lines'];
  signals: Camera['signals'];
  classNames: Record<string, string>;
}

const GROUPS: Record<string, Record<Language, string>> = {
  person: { vi: 'người', en: 'people' },
  'two-wheeler': { vi: 'xe hai bánh', en: 'two-wheelers' },
  'large-vehicle': { vi: 'xe cỡ lớn', en: 'large vehicles' },
  vehicle: { vi: 'ô tô các loại', en: 'motor vehicles' },
  'road-vehicle': { vi: 'phương tiện giao thông', en: 'road vehicles' },
};

const DEFAULT_SUBJECT: Record<Rule['type'], Record<Language, string>> = {
  'crowd-occupancy': { vi: 'người', en: 'people' },
  intrusion: { vi: 'người hoặc phương tiện', en: 'a person or vehicle' },
  'stalled-vehicle': { vi: 'ô tô', en: 'a vehicle' },
  'red-light': { vi: 'phương tiện', en: 'a vehicle' },
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
    case 'red-light': {
      const line = nameOf(names.lines, rule.lineId);
      const signal = nameOf(names.signals, rule.signalId);
      const grace = seconds(rule.graceMs, language);
      const side = vi ? { left: 'trái', right: 'phải' }[rule.direction] : rule.direction;
      return vi
        ? `Có ${who} qua vạch ${line} sang bên ${side} khi đèn ${signal} đã đỏ quá ${grace}`
        : `${who} crossing line ${line} to the ${side} while signal ${signal} has been red for more than ${grace}`;
    }
  }
}
