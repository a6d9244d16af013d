import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.js';

describe('passwords', () => {
  it('verify against their own hash only, whatever way an accent is written', async () => {
    const stored = await hashPassword('mật khẩu của tôi'.normalize('NFC'));
    expect(stored).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword('mật khẩu của tôi'.normalize('NFD'), stored)).toBe(true);
    expect(await verifyPassword('mat khau cua toi', stored)).toBe(false);
    expect(await hashPassword('mật khẩu của tôi')).not.toBe(stored);
  });

  it.each([[null], ['plain$text'], ['']])('never verify against %s', async (stored) => {
    expect(await verifyPassword('mật khẩu của tôi', stored)).toBe(false);
  });

  it('need 12 characters', async () => {
    await expect(hashPassword('elevenchars')).rejects.toMatchObject({ code: 'API_PASSWORD_WEAK' });
  });
});
