import { type Bilingual, CLASS_NAMES, type ObjectClass, type SignalSourceKind, type SignalState } from '@safecity/contracts';

const NUMBERS = { vi: (value: string) => value.replace('.', ','), en: (value: string) => value };

function plain(value: number, digits: number): string {
  return Number(value.toFixed(digits)).toString();
}

/** A number with at most `digits` decimals, with a decimal comma in Vietnamese. */
export function wordNumber(value: number, digits = 1): Bilingual {
  const text = plain(value, digits);
  return { vi: NUMBERS.vi(text), en: NUMBERS.en(text) };
}

/** A duration: tenths of seconds below 10 s, whole seconds below 2 minutes, then minutes and seconds. Rounded down. */
export function wordDuration(durationMs: number): Bilingual {
  const seconds = Math.max(0, durationMs) / 1000;
  if (seconds < 10) {
    const text = wordNumber(Math.floor(seconds * 10) / 10);
    return { vi: `${text.vi} giây`, en: `${text.en} s` };
  }
  const whole = Math.floor(seconds);
  if (whole < 120) return { vi: `${whole} giây`, en: `${whole} s` };
  const minutes = Math.floor(whole / 60);
  const rest = whole % 60;
  return { vi: `${minutes} phút${rest ? ` ${rest} giây` : ''}`, en: `${minutes} min${rest ? ` ${rest} s` : ''}` };
}

/** Name of a class, for the middle of a sentence. */
export function wordClass(name: ObjectClass): Bilingual {
  return CLASS_NAMES[name];
}

/** Puts bilingual parts into a sentence of each language. */
export function sentence(vi: (part: (text: Bilingual) => string) => string, en: (part: (text: Bilingual) => string) => string): Bilingual {
  return { vi: vi((text) => text.vi), en: en((text) => text.en) };
}

/** States of a signal, for the middle of a sentence. */
export const SIGNAL_WORDS: Record<SignalState, Bilingual> = {
  red: { vi: 'đỏ', en: 'red' },
  yellow: { vi: 'vàng', en: 'yellow' },
  green: { vi: 'xanh', en: 'green' },
  dark: { vi: 'tắt', en: 'dark' },
  flashing: { vi: 'nhấp nháy', en: 'flashing' },
  unknown: { vi: 'không rõ', en: 'unknown' },
};

/** Where a state of a signal comes from. */
export const SOURCE_WORDS: Record<SignalSourceKind, Bilingual> = {
  script: { vi: 'mô phỏng', en: 'simulated' },
  picture: { vi: 'đọc từ hình', en: 'read from the picture' },
  controller: { vi: 'theo tủ điều khiển', en: 'told by the controller' },
};
