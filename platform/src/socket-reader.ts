import { Socket, type SocketConstructorOpts } from 'node:net';

/** Where a socket's bytes go. */
export interface ByteTarget {
  /** Buffer for the next bytes; asked again after each piece. Never empty. */
  target(): Uint8Array;
  /** `count` bytes are in the buffer that `target` gave last. False stops reading. */
  received(count: number): boolean;
}

/**
 * Makes an accepted socket (of a server with `pauseOnConnect`), or the output of a process that was started just now and
 * that nobody listens to yet, read straight into buffers of our choice; returns the socket to use from here on. Node offers that (`onread`) only for sockets that the program makes itself, so the handle
 * moves into such a socket; where a Node version has no handle to move, pieces are copied.
 */
export function readInto(accepted: Socket, bytes: ByteTarget): Socket {
  const handle = (accepted as unknown as { _handle?: unknown })._handle;
  if (handle) {
    const onread = { buffer: () => bytes.target(), callback: (count: number) => bytes.received(count) };
    const socket = new Socket({ handle, onread } as unknown as SocketConstructorOpts);
    socket.read(0);
    return socket;
  }
  accepted.on('data', (piece: Buffer) => {
    for (let at = 0; at < piece.length && !accepted.destroyed; ) {
      const into = bytes.target();
      const count = Math.min(into.length, piece.length - at);
      into.set(piece.subarray(at, at + count));
      at += count;
      bytes.received(count);
    }
  });
  accepted.resume();
  return accepted;
}
