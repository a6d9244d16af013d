/** Paints transcoded pictures on a canvas, in the order of the stream, beginning with one that can be decoded by itself. */
export interface Mpeg1Decoder {
  /** Takes the transport stream packets of one picture and paints it. */
  show(packets: Uint8Array): void;
}

/**
 * A decoder for one run of a transcoded stream: a new run needs a new one, because the size may have changed. The only
 * place that knows jsmpeg, which is fetched with the first camera that needs it. Its JavaScript decoder is used: the
 * content security policy allows no WebAssembly.
 */
export async function createMpeg1Decoder(canvas: HTMLCanvasElement): Promise<Mpeg1Decoder> {
  const { default: jsmpeg } = await import('@cycjimmy/jsmpeg-player');
  const demuxer = new jsmpeg.Demuxer.TS({});
  const decoder = new jsmpeg.Decoder.MPEG1Video({ streaming: true, decodeFirstFrame: false });
  demuxer.connect(jsmpeg.Demuxer.TS.STREAM.VIDEO_1, decoder);
  decoder.connect(new jsmpeg.Renderer.Canvas2D({ canvas }));
  return {
    show: (packets) => {
      demuxer.write(packets);
      decoder.decode();
    },
  };
}
