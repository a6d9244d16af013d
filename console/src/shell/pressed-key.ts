/**
 * The key that was meant, in lower case. A Vietnamese input method (Telex, VNI) left switched on turns A followed by J
 * into `ạ`, or reports `Process`; the letter or digit then comes from the key's place on the keyboard.
 */
export function pressedKey(event: { key: string; code: string }): string {
  const typed = /^[ -~]$/.test(event.key) || (event.key.length > 1 && event.key !== 'Process' && event.key !== 'Unidentified');
  if (typed) return event.key.toLowerCase();
  const place = /^(?:Key|Digit)([A-Z0-9])$/.exec(event.code)?.[1];
  return (place ?? event.key).toLowerCase();
}
