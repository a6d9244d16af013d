import type { CameraView } from '../api/types.js';

/** What a list of cameras is narrowed by; empty: not at all. */
export interface CameraFilter {
  words: string;
  group: string;
  state: string;
}

/** Letters without their marks, so that people find `Cổng` by `cong`. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D').toLowerCase();
}

/** Every group that one of the cameras is in, in order. */
export function groupsOf(cameras: readonly CameraView[]): string[] {
  return [...new Set(cameras.flatMap(({ camera }) => camera.groups ?? []))].sort((a, b) => a.localeCompare(b, 'vi'));
}

/** True when a camera is in a group; the empty name stands for all. */
export function isInGroup({ camera }: CameraView, group: string): boolean {
  return group === '' || (camera.groups ?? []).includes(group);
}

/** The state that is listed: what is switched off is that before all. */
export function listedState({ camera, status }: CameraView): string {
  return camera.enabled ? (status?.state ?? 'offline') : 'disabled';
}

/** Cameras that match every part of the filter; each word must be found somewhere. */
export function filtered(cameras: readonly CameraView[], { words, group, state }: CameraFilter): CameraView[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return cameras.filter((item) => {
    const { id, name, location, unitId, source } = item.camera;
    const text = plain([id, name, location?.address, unitId, source.url, ...(item.camera.groups ?? [])].join(' '));
    return isInGroup(item, group) && (state === '' || listedState(item) === state) && wanted.every((word) => text.includes(word));
  });
}
