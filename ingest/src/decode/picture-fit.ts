import { type LampStrip, withLamps } from '../signals/lamp-strip.js';

/** How a picture lies in a model's input: scaled with its aspect kept, at the top left, the rest grey. */
export interface PictureFit {
  /** Size of the model's input in pixels. */
  inputWidthPx: number;
  inputHeightPx: number;
  /** Size of the picture in it. */
  pictureWidthPx: number;
  pictureHeightPx: number;
}

/** Rounds to the nearest, halves away from zero, as ffmpeg's `av_rescale` does. */
function rescale(value: number, numerator: number, denominator: number): number {
  return Math.floor((value * numerator + Math.floor(denominator / 2)) / denominator);
}

/** Fits a source into an input exactly as the filter of `decodeFilter` does (`force_original_aspect_ratio=decrease`). */
export function fitPicture(source: { widthPx: number; heightPx: number }, input: { widthPx: number; heightPx: number }): PictureFit {
  return {
    inputWidthPx: input.widthPx,
    inputHeightPx: input.heightPx,
    pictureWidthPx: Math.min(input.widthPx, rescale(input.heightPx, source.widthPx, source.heightPx)),
    pictureHeightPx: Math.min(input.heightPx, rescale(input.widthPx, source.heightPx, source.widthPx)),
  };
}

/** What is decoded beside the picture: the lamps of signals at full resolution, under it. */
export interface DecodedLamps {
  strip: LampStrip;
  /** Size of the pictures that come in. */
  source: { widthPx: number; heightPx: number };
}

/**
 * The filter chain of live decoding and of `decodeFile`: the first picture of each 1/targetFps of presentation time
 * (before scaling, so that dropped pictures cost no more than their decoding), then scaled, padded, packed RGB; with
 * `lamps` their strip under it.
 */
export function decodeFilter(input: { widthPx: number; heightPx: number }, targetFps: number, lamps?: DecodedLamps | null): string {
  const { widthPx: w, heightPx: h } = input;
  const slot = (time: string) => `floor(${time}*${targetFps}+0.001)`;
  const select = `select='isnan(prev_selected_t)+not(eq(${slot('t')},${slot('prev_selected_t')}))'`;
  const fit = [`scale=${w}:${h}:force_original_aspect_ratio=decrease:flags=bilinear`, `pad=${w}:${h}:0:0:0x727272`, 'format=rgb24'].join(
    ',',
  );
  return `${select},${lamps ? withLamps(fit, lamps.strip, lamps.source, input) : fit}`;
}

/** What else goes through the filter chain. */
export interface DecodedBeside {
  /** Chain of filters that the pictures go through first. */
  before?: string | undefined;
  lamps?: DecodedLamps | null;
}

/** Output options that go with the filter: exact times, one picture at a time, nothing duplicated or dropped. */
export function decodeOutputOptions(
  input: { widthPx: number; heightPx: number },
  targetFps: number,
  { before, lamps }: DecodedBeside = {},
): string[] {
  const filter = decodeFilter(input, targetFps, lamps);
  return outputOptions(before === undefined ? filter : `${before},${filter}`);
}

/** Output options for whole pictures in their own size, planes Y, U, V of 4:2:0: nothing is scaled or converted. */
export function wholeOutputOptions(): string[] {
  return outputOptions('format=yuv420p');
}

function outputOptions(filter: string): string[] {
  return [
    ...['-map', '0:v:0', '-an', '-sn', '-dn', '-vf', filter],
    ...['-fps_mode', 'passthrough', '-enc_time_base', '-1'],
    // One thread: with more, ffmpeg's raw video encoder keeps each picture until the next comes.
    ...['-c:v', 'rawvideo', '-threads', '1', '-flush_packets', '1', '-f', 'nut'],
  ];
}
