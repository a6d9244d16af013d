import { describe, expect, it } from 'vitest';
import type { Rule } from '../api/types.js';
import { ruleInWords } from './rule-words.js';

const names = {
  zones: [{ id: 'z1', name: 'Lòng giao lộ', polygon: [] }],
  lines: [{ id: 'l1', name: 'Vạch dừng', a: [0, 0], b: [1, 0] }],
  signals: [],
  lanes: [],
  classNames: { truck: 'xe tải' },
};
const common = { id: 'r', name: 'Quy tắc', enabled: true };

describe('ruleInWords', () => {
  it.each<{ rule: Rule; vi: string; en: string }>([
    {
      rule: { ...common, type: 'crowd-occupancy', zoneId: 'z1', minCount: 12, holdMs: 2000 },
      vi: 'Từ 12 người trở lên trong vùng “Lòng giao lộ” suốt 2 giây; hết khi còn dưới 10',
      en: '12 or more people in zone “Lòng giao lộ” for 2 s; over when fewer than 10',
    },
    {
      rule: { ...common, type: 'intrusion', zoneId: 'z1', dwellMs: 1500, classes: ['person', 'truck'] },
      vi: 'Có người, xe tải trong vùng “Lòng giao lộ” từ 1,5 giây trở lên',
      en: 'people, xe tải inside zone “Lòng giao lộ” for 1.5 s or more',
    },
    {
      rule: { ...common, type: 'stalled-vehicle', zoneId: 'deleted', dwellMs: 20_000 },
      vi: 'Có ô tô đứng yên trong vùng “deleted” từ 20 giây trở lên',
      en: 'a vehicle standing in zone “deleted” for 20 s or more',
    },
    {
      rule: {
        ...common,
        type: 'red-light',
        lineId: 'l1',
        direction: 'left',
        signalId: 'main',
        graceMs: 500,
        pastDistance: 0.05,
        minYellowMs: 2000,
      },
      vi: 'Có phương tiện qua vạch “Vạch dừng” sang bên trái khi đèn “main” đã đỏ quá 0,5 giây',
      en: 'a vehicle crossing line “Vạch dừng” to the left while signal “main” has been red for more than 0.5 s',
    },
  ])('$rule.type', ({ rule, vi, en }) => {
    expect(ruleInWords(rule, names, 'vi')).toBe(vi);
    expect(ruleInWords(rule, names, 'en')).toBe(en);
  });
});
