import { defineWords } from '../text/words.js';

/** Words of signing in with the city's identity provider. */
export const providerWords = defineWords({
  vi: {
    signInWith: (name: string) => `Đăng nhập bằng ${name}`,
    orPassword: 'hoặc bằng mật khẩu',
    passwordsForEmergencies: 'Mật khẩu chỉ dành cho tài khoản khẩn cấp.',
    refusals: {
      API_OIDC_STATE: 'Lượt đăng nhập đã được dùng, quá lâu (10 phút) hoặc bắt đầu ở trình duyệt khác. Hãy đăng nhập lại.',
      API_OIDC_DENIED: 'Cổng định danh đã từ chối. Hãy thử lại hoặc hỏi người quản lý cổng định danh.',
      API_OIDC_ISSUER: 'Câu trả lời đến từ một cổng định danh khác. Hãy đăng nhập lại và báo cho quản trị.',
      API_OIDC_TOKEN: 'Không xác minh được câu trả lời của cổng định danh. Hãy đăng nhập lại; nếu lặp lại, báo cho quản trị.',
      API_OIDC_UNREACHABLE: 'Cổng định danh không trả lời. Hãy thử lại sau.',
      API_OIDC_UNKNOWN: 'Danh tính này chưa gắn với tài khoản nào. Hãy xin quản trị một tài khoản và liên kết dùng một lần.',
      API_OIDC_INVITATION: 'Liên kết dùng một lần đã được dùng hoặc quá hạn. Hãy xin quản trị liên kết khác.',
      API_OIDC_BOUND: 'Tài khoản hoặc danh tính này đã gắn với nơi khác. Hãy hỏi quản trị.',
      API_FORBIDDEN: 'Tài khoản hiện không có vai trò nào. Hãy hỏi quản trị.',
    } as Record<string, string>,
  },
  en: {
    signInWith: (name: string) => `Sign in with ${name}`,
    orPassword: 'or with a password',
    passwordsForEmergencies: 'Passwords are for emergency accounts.',
    refusals: {
      API_OIDC_STATE: 'This sign-in was used, took too long (10 minutes), or began in another browser. Sign in again.',
      API_OIDC_DENIED: 'The identity provider refused. Try again, or ask those who run it.',
      API_OIDC_ISSUER: 'The answer came from another identity provider. Sign in again, and tell an administrator.',
      API_OIDC_TOKEN:
        'The answer of the identity provider could not be verified. Sign in again; if it happens again, tell an administrator.',
      API_OIDC_UNREACHABLE: 'The identity provider does not answer. Try again later.',
      API_OIDC_UNKNOWN: 'No account is bound to this identity. Ask an administrator for an account and a one-time link.',
      API_OIDC_INVITATION: 'The one-time link was used or is too old. Ask an administrator for another.',
      API_OIDC_BOUND: 'This account, or this identity, is bound elsewhere. Ask an administrator.',
      API_FORBIDDEN: 'The account has no role at the moment. Ask an administrator.',
    } as Record<string, string>,
  },
});

/** Why the provider's way in was refused, from `?refused=CODE`; only our own words are ever shown. */
export function refusalOf(search: string, { refusals }: { refusals: Record<string, string> }): string | undefined {
  const code = new URLSearchParams(search).get('refused');
  return code === null || !Object.hasOwn(refusals, code) ? undefined : refusals[code];
}
