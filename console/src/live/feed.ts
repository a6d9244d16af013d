/** What the player needs of a running picture, whether the browser decodes it or we do. */
export interface Feed {
  /**
   * Keeps to the live edge; call several times a second.
   * @param targetBehindS how far behind the newest picture to stay
   * @param arrivalLagMs how long after its capture the newest picture arrives, null while unknown
   */
  keepUp(targetBehindS: number, arrivalLagMs: number | null): void;
  /** Capture time of the picture at `mediaS` of the video element, epoch ms; null when it shows none of this feed. */
  captureAt(mediaS: number): number | null;
  /** Capture time of the newest picture received, epoch ms. */
  readonly edgeCaptureMs: number | null;
  close(): void;
}
