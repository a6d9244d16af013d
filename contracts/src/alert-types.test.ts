import { describe, expect, it } from 'vitest';
import { ALERT_TYPE_IDS, alertTypeFacts, HAND_TYPES, OPENED_BY_HAND } from './alert-types.js';
import { CAP_CATEGORIES } from './cap/model.js';
import { ID_PATTERN } from './ids.js';
import { RULE_TYPE_IDS } from './rule-types.js';

describe('types of alerts', () => {
  it('have ids of their own, a name in both languages and categories that CAP knows', () => {
    expect(new Set(ALERT_TYPE_IDS).size).toBe(RULE_TYPE_IDS.length + Object.keys(HAND_TYPES).length);
    for (const type of ALERT_TYPE_IDS) {
      const { name, capCategories } = alertTypeFacts(type);
      expect([type, type]).toEqual([expect.stringMatching(ID_PATTERN), expect.stringMatching(/^[a-z][a-z-]+$/)]);
      expect([name.vi, name.en].every((text) => text.length > 1)).toBe(true);
      expect(capCategories.filter((category) => !(CAP_CATEGORIES as readonly string[]).includes(category))).toEqual([]);
    }
  });

  it.each([
    ['medical', true],
    ['other', true],
    ['fire', true],
    ['collision', true],
    ['line-count', false],
    ['occupancy', false],
    ['red-light', false],
    ['camera-offline', false],
    ['intrusion', false],
  ] as const)('%s can be opened by hand: %s', (type, expected) => {
    expect(OPENED_BY_HAND.includes(type)).toBe(expected);
  });
});
