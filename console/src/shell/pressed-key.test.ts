import { expect, it } from 'vitest';
import { pressedKey } from './pressed-key.js';

it.each([
  { name: 'a letter', key: 'j', code: 'KeyJ', expected: 'j' },
  { name: 'with shift', key: 'J', code: 'KeyJ', expected: 'j' },
  { name: 'another layout: what is printed counts', key: 'a', code: 'KeyQ', expected: 'a' },
  { name: 'a sign', key: '?', code: 'Slash', expected: '?' },
  { name: 'an arrow', key: 'ArrowDown', code: 'ArrowDown', expected: 'arrowdown' },
  { name: 'an input method that composes', key: 'Process', code: 'KeyA', expected: 'a' },
  { name: 'Telex made a letter with a mark', key: 'ạ', code: 'KeyJ', expected: 'j' },
  { name: 'VNI made a letter with a mark', key: 'ấ', code: 'Digit1', expected: '1' },
  { name: 'unknown altogether', key: 'Unidentified', code: '', expected: 'unidentified' },
])('$name', ({ key, code, expected }) => expect(pressedKey({ key, code })).toBe(expected));
