/** What keys and buttons of the playback page do. */
export interface PlaybackActions {
  toggle: () => void;
  pause: () => void;
  step: (by: 1 | -1) => void;
  setRate: (rate: number) => void;
  /** To the next speed in a direction. */
  changeRate: (by: 1 | -1) => void;
  toAlert: (by: 1 | -1) => void;
  mark: (which: 'in' | 'out') => void;
  clearMarks: () => void;
  seek: (ms: number) => void;
}
