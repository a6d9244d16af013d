import { ApiError } from '../api/client.js';
import type { Language } from '../text/language.js';

/** What a server's refusal says: at the fields that it names, and in general. */
export interface Refusal {
  fields: Record<string, string>;
  general: string | null;
}

/** The server words its refusals in English; these are the ones that forms of people and law meet. */
const VIETNAMESE: Record<string, string> = {
  CONSOLE_UNREACHABLE: 'Không nối được với máy chủ. Kiểm tra mạng rồi thử lại.',
  API_USER_EXISTS: 'Tên đăng nhập này đã có: chọn tên khác.',
  API_PASSWORD_WEAK: 'Mật khẩu phải có ít nhất 12 ký tự.',
  API_UNIT_EXISTS: 'Mã đơn vị này đã có: chọn mã khác.',
  API_UNIT_CLOSED: 'Đơn vị đã đóng: chọn đơn vị kế thừa.',
  API_TOKEN_EXISTS: 'Tên khóa này đã có: thu hồi khóa cũ hoặc chọn tên khác.',
  API_LOGIN_FAILED: 'Sai mật khẩu hoặc mã xác thực.',
  API_LOGIN_BLOCKED: 'Sai quá nhiều lần: chờ một lát rồi thử lại.',
  API_RATE_LIMITED: 'Quá nhiều yêu cầu: chờ một lát rồi thử lại.',
  API_FORBIDDEN: 'Vai trò của bạn không cho phép việc này.',
  API_NOT_FOUND: 'Không có mục này, hoặc thuộc đơn vị khác.',
  API_SECOND_FACTOR_STATE: 'Lớp xác thực thứ hai đã được đặt, hoặc chưa bắt đầu: tải lại trang.',
  API_OIDC_OFF: 'Hệ thống chưa nối với cổng định danh nào.',
  API_LEGAL_EXISTS: 'Mã dòng này đã có: dòng cũ được kết thúc rồi thêm dòng mới, không ghi đè.',
  API_LEGAL_OVERLAP: 'Đã có dòng khác có hiệu lực cho hành vi này trong thời gian đó: kết thúc dòng đó trước.',
  API_LEGAL_ENDED: 'Dòng này đã có ngày hết hiệu lực.',
  API_LEGAL_APPROVED: 'Dòng này đã được phê duyệt nên không sửa được.',
};

/** `body is not valid: username: must match …; password: is needed` as fields. */
function fieldsOf(message: string): Record<string, string> {
  const list = /^\w+ is not valid: (.+)$/s.exec(message)?.[1];
  if (list === undefined) return {};
  return Object.fromEntries(
    list.split(/; (?!got )/).flatMap((line) => {
      const [, path, problem] = /^([\w/]+): (.+)$/s.exec(line) ?? [];
      return path && problem ? [[path.split('/')[0] as string, problem]] : [];
    }),
  );
}

/** Sorts what the server refused to the fields it names. */
export function refusalOf(error: unknown, language: Language): Refusal {
  if (error === null || error === undefined) return { fields: {}, general: null };
  const { code, message } = error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', String(error), 0);
  const fields = fieldsOf(message);
  if (Object.keys(fields).length > 0) return { fields, general: null };
  return { fields, general: (language === 'vi' ? VIETNAMESE[code] : undefined) ?? (message || code) };
}
