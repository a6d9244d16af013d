import { defineWords } from '../text/words.js';

/** Words that the pages of administration and law share. */
export const partsWords = defineWords({
  vi: {
    cancel: 'Bỏ qua',
    save: 'Lưu',
    reason: 'Lý do',
    reasonHint: 'Được ghi vào nhật ký kiểm tra.',
    copy: 'Sao chép',
    kept: 'Tôi đã lưu',
  },
  en: {
    cancel: 'Cancel',
    save: 'Save',
    reason: 'Reason',
    reasonHint: 'Goes into the audit log.',
    copy: 'Copy',
    kept: 'I have kept it',
  },
});
