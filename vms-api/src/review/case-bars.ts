import type { Bilingual } from '@safecity/contracts';
import type { FullAlertRow } from '../alerts/alert-rows.js';
import { alertOf } from '../alerts/alert-rows.js';
import type { LegalChoice } from './legal-choice.js';
import type { RetypeReason } from './plate-check.js';
import type { Bar } from './review-schemas.js';

/** What a case is judged by. */
export interface CaseFacts {
  row: FullAlertRow;
  /** Pictures are still being fetched. */
  evidencePending: boolean;
  law: LegalChoice;
  retype: readonly RetypeReason[];
}

const bar = (code: Bar['code'], text: Bilingual, mendable = false): Bar => ({ code, text, mendable });

/** Names of moments that the findings speak of and no stored picture shows. */
export function missingMoments({ message, evidence }: FullAlertRow): string[] {
  const stored = new Set(evidence.map(({ moment }) => moment));
  return [...new Set(message.findings.flatMap(({ moments }) => moments.map(({ name }) => name)))].filter((name) => !stored.has(name));
}

function fineBars(row: FullAlertRow): Bar[] {
  const { fineable, simulated } = alertOf(row);
  const unproven: Bilingual = {
    vi: 'Quy tắc không cho biết vi phạm có đủ căn cứ xử phạt',
    en: 'The rule does not say that it may be fined',
  };
  const reasons = fineable === null ? [unproven] : fineable.value ? [] : fineable.reasons;
  return [
    ...reasons.map((text) => bar('not-fineable', text)),
    ...(fineable?.value === false && reasons.length === 0 ? [bar('not-fineable', unproven)] : []),
    ...(simulated ? [bar('simulated', { vi: 'Hình quay sẵn, không phải hiện trường', en: 'A recording, not the street' })] : []),
  ];
}

function pictureBars({ row, evidencePending }: CaseFacts): Bar[] {
  const missing = missingMoments(row);
  const noMoment = row.message.findings.every(({ moments }) => moments.length === 0);
  if (noMoment) return [bar('moment-missing', { vi: 'Vi phạm không có ảnh chứng cứ nào', en: 'The violation has no picture to prove it' })];
  if (missing.length === 0) return [];
  const list = missing.join(', ');
  if (evidencePending) return [bar('pictures-coming', { vi: `Đang cắt ảnh: ${list}`, en: `Pictures are being cut: ${list}` })];
  return [bar('moment-missing', { vi: `Thiếu ảnh chứng cứ: ${list}`, en: `A picture is missing: ${list}` })];
}

const PLATE_WORDS: Record<RetypeReason, Bilingual> = {
  unread: { vi: 'Biển số chưa đọc được: phải gõ biển số', en: 'The plate was not read: it must be typed' },
  unsure: { vi: 'Biển số đọc chưa chắc chắn: phải gõ lại', en: 'The plate was read with doubt: it must be typed' },
  repaired: { vi: 'Biển số đã được máy sửa: phải gõ lại', en: 'The plate was repaired by the machine: it must be typed' },
  ambiguous: { vi: 'Biển số có thể hiểu nhiều cách: phải gõ lại', en: 'The plate may be read in more than one way: it must be typed' },
};

/** Everything that keeps a case from being confirmed, as it stands; empty when it may be confirmed without another word. */
export function barsOf(facts: CaseFacts): Bar[] {
  const { problem } = facts.law;
  return [
    ...fineBars(facts.row),
    ...pictureBars(facts),
    ...(problem ? [bar(`law-${problem.code}`, problem.text, problem.code === 'choose')] : []),
    ...facts.retype.slice(0, 1).map((reason) => bar('plate-unread', PLATE_WORDS[reason], true)),
  ];
}
