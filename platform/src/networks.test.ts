import { describe, expect, it } from 'vitest';
import { CameraNetworks } from './networks.js';

const names: Record<string, string[]> = {
  'cam.example': ['8.8.8.8'],
  'six.example': ['2a00::1'],
  'rebind.example': ['8.8.8.8', '127.0.0.1'],
  '2130706433': ['127.0.0.1'],
};
const resolve = async (host: string) => names[host] ?? Promise.reject(new Error('ENOTFOUND'));
const outcome = (url: string, allowed?: string) =>
  CameraNetworks.parse(allowed, resolve)
    .pin(url)
    .catch((error: { code: string }) => error.code);

describe('networks of cameras', () => {
  it.each([
    ['rtsp://127.0.0.1/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://127.0.0.1:8554/x', '127.0.0.0/8', 'rtsp://127.0.0.1:8554/x'],
    ['rtsp://10.1.2.3/x', '10.1.0.0/16', 'rtsp://10.1.2.3/x'],
    ['rtsp://10.2.2.3/x', '10.1.0.0/16,192.168.0.0/16', 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://169.254.169.254/latest', '10.0.0.0/8', 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://172.31.255.255/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://172.32.0.0/x', undefined, 'rtsp://172.32.0.0/x'],
    ['rtsp://0.0.0.0/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://[::1]/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://[::ffff:127.0.0.1]/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://[::ffff:7f00:1]/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://[fd00::5]/x', 'fd00::/8', 'rtsp://[fd00::5]/x'],
    ['rtsp://[fe80::1]/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://cam.example:554/x?y', undefined, 'rtsp://8.8.8.8:554/x?y'],
    ['rtsp://six.example/x', undefined, 'rtsp://[2a00::1]/x'],
    ['rtsps://cam.example/x', undefined, 'rtsps://cam.example/x'],
    ['rtsp://rebind.example/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://2130706433/x', undefined, 'PLATFORM_ADDRESS_REFUSED'],
    ['rtsp://nowhere.example/x', undefined, 'PLATFORM_HOST_UNKNOWN'],
  ])('%s with %s allowed: %s', async (url, allowed, expected) => {
    expect(await outcome(url, allowed)).toBe(expected);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'ten/8', '10.0.0.0/8/8', '10.0.0.0/-1'])('refuses the setting %s', (text) => {
    expect(() => CameraNetworks.parse(text)).toThrow(`SAFECITY_CAMERA_NETWORKS must be networks such as 10.20.0.0/16`);
  });
});
