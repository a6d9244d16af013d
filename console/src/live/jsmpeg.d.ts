/** What is used of the package, which has no types of its own. Its player and its connections are not. */
declare module '@cycjimmy/jsmpeg-player' {
  interface Decoder {
    connect(renderer: object): void;
    write(ptsS: number, buffers: Uint8Array[]): void;
    /** Decodes one picture and hands it to the renderer; false when there is none. */
    decode(): boolean;
  }
  interface Demuxer {
    connect(streamId: number, decoder: Decoder): void;
    write(bytes: Uint8Array): void;
  }
  const JSMpeg: {
    Demuxer: { TS: { new (options: object): Demuxer; STREAM: { VIDEO_1: number } } };
    Decoder: { MPEG1Video: new (options: { streaming: boolean; decodeFirstFrame: boolean }) => Decoder };
    Renderer: { Canvas2D: new (options: { canvas: HTMLCanvasElement }) => object };
  };
  export default JSMpeg;
}
