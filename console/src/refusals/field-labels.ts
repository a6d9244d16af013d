/** What keys of requests are called on the pages, for what is wrong with one that the form does not show. By whole path, or by its end. */
export const FIELD_LABELS: Record<string, string> = {
  ...{ id: 'Mã', name: 'Tên', reason: 'Lý do', comment: 'Ghi chú', notes: 'Ghi chú', text: 'Nội dung', unitId: 'Đơn vị', url: 'Địa chỉ' },
  ...{ username: 'Tên đăng nhập', password: 'Mật khẩu', displayName: 'Họ tên', role: 'Vai trò', code: 'Mã xác thực', plate: 'Biển số' },
  ...{ untilMs: 'Thời hạn', fromMs: 'Từ lúc', toMs: 'Đến lúc', atMs: 'Thời điểm', seenAtMs: 'Lúc thấy', expiresAtMs: 'Thời hạn' },
  ...{ validFrom: 'Có hiệu lực từ', validUntil: 'Đến (hết hiệu lực)', validFromMs: 'Có hiệu lực từ', validUntilMs: 'Hết hiệu lực' },
  ...{ place: 'Nơi xảy ra', cameraId: 'Camera', cameraIds: 'Camera', zoneId: 'Vùng', lineId: 'Vạch', destinationId: 'Nơi nhận' },
  ...{ kinds: 'Loại cảnh báo', type: 'Loại', polygon: 'Vùng vẽ', days: 'Số ngày', interval: 'Bước thời gian', plateDistance: 'Sai khác' },
  ...{ fineMinVnd: 'Mức phạt thấp nhất', fineMaxVnd: 'Mức phạt cao nhất', appearAt: 'Nơi đến làm việc', successorIds: 'Đơn vị kế thừa' },
  ...{ afterSeconds: 'Thời gian chuyển cấp', camera: 'Camera', credentials: 'Tài khoản camera', groups: 'Nhóm', area: 'Khu vực' },
  ...{ 'source/url': 'Địa chỉ RTSP', 'source/detectUrl': 'Luồng phụ', address: 'Địa chỉ', zones: 'Vùng', lines: 'Vạch', lanes: 'Làn' },
  ...{ rules: 'Luật', signals: 'Đèn tín hiệu', calibration: 'Hiệu chuẩn', schedule: 'Lịch', certificate: 'Giấy kiểm định' },
  ...{ latitude: 'Vĩ độ', longitude: 'Kinh độ', privacyMasks: 'Vùng che', presets: 'Vị trí đặt sẵn', country: 'Nước của biển số' },
};

/** The name of a key: of the whole path, of its end, or of what it lies in with the rest behind it. */
export function labelOf(path: string): string {
  const parts = path.replace(/^camera\//, '').split('/');
  const last = parts.at(-1) ?? '';
  const [first = '', second = ''] = parts;
  const whole = FIELD_LABELS[parts.join('/')] ?? (parts.length === 1 ? FIELD_LABELS[last] : undefined);
  if (whole !== undefined) return whole;
  const outer = FIELD_LABELS[first];
  if (outer === undefined) return FIELD_LABELS[last] ?? path;
  const place = /^\d+$/.test(second) ? `${outer} ${Number(second) + 1}` : outer;
  const inner = last === second ? undefined : FIELD_LABELS[last];
  return inner === undefined ? place : `${place}, ${inner.toLowerCase()}`;
}
