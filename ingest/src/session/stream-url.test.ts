import { describe, expect, it } from 'vitest';
import { streamAddress, urlWithCredentials } from './stream-url.js';

describe('the address of a camera in messages', () => {
  const cases = [
    { url: 'rtsp://10.0.0.7/stream1', address: '10.0.0.7:554' },
    { url: 'rtsps://cam.example/live', address: 'cam.example:322' },
    { url: 'rtsp://10.0.0.7:8554/a?token=secret', address: '10.0.0.7:8554' },
    { url: 'rtsp://[fe80::1]:554/a', address: '[fe80::1]:554' },
    { url: 'not a url', address: 'the camera' },
  ];
  it.each(cases)('of $url is $address', ({ url, address }) => expect(streamAddress(url)).toBe(address));
});

describe('credentials in the URL', () => {
  const cases = [
    { credentials: null, url: 'rtsp://host/a' },
    { credentials: 'admin:secret', url: 'rtsp://admin:secret@host/a' },
    { credentials: 'admin:se:cr@t/?#', url: 'rtsp://admin:se%3Acr%40t%2F%3F%23@host/a' },
    { credentials: 'người dùng:mật khẩu', url: 'rtsp://ng%C6%B0%E1%BB%9Di%20d%C3%B9ng:m%E1%BA%ADt%20kh%E1%BA%A9u@host/a' },
    { credentials: 'nobody', url: 'rtsp://nobody:@host/a' },
  ];
  it.each(cases)('$credentials', ({ credentials, url }) => expect(urlWithCredentials({ url: 'rtsp://host/a' }, credentials)).toBe(url));
});
