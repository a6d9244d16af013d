import { createHash } from 'node:crypto';
import { failure } from '../server/failure.js';

/** Hashes of one file: SHA-256 is the one that counts; CAP's `digest` is SHA-1 by its standard. */
export interface FileHashes {
  sha256: string;
  sha1: string;
}

export function hashesOf(bytes: Uint8Array): FileHashes {
  const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  return { sha256: hex('sha256'), sha1: hex('sha1') };
}

/** Name of a still: `<moment>-<first 16 digits of its SHA-256>.jpg`. */
export function stillFileName(moment: string, sha256: string): string {
  return `${moment}-${sha256.slice(0, 16)}.jpg`;
}

/** Name of a clip: `<clip name>-<first 16 digits of its SHA-256>.mp4`. */
export function clipFileName(name: string, sha256: string): string {
  return `${name}-${sha256.slice(0, 16)}.mp4`;
}

/** A stored file. */
export interface StoredFile {
  file: string;
  sizeBytes: number;
}

/** A part of a file: first and last byte, both inclusive. */
export interface ByteSpan {
  first: number;
  last: number;
}

/**
 * Where evidence lies: files of alerts, written once and never changed. What belongs to an alert, derivatives too, lies beside
 * each other under its id. Names must have been checked against their patterns: none holds a slash.
 * @throws SafecityError `API_EVIDENCE_STORE` when the store does not answer or refuses; what was to be written is not stored then
 */
export interface EvidenceFiles {
  /**
   * Stores a file; on return it is there whole, read back and found to have its hash. The same bytes again change nothing.
   * @throws SafecityError `API_EVIDENCE_CONFLICT` when other bytes are stored under this name: they stay
   */
  write(alertId: string, file: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a file; null when it is not there. */
  read(alertId: string, file: string): Promise<Buffer | null>;
  /** Part of a file; `last` may lie beyond its end. Null when the file is not there or ends before `first`. */
  readSpan(alertId: string, file: string, span: ByteSpan): Promise<Buffer | null>;
  /** Removes a file and every version of it that the store kept, if it is there. For erasure and retention alone. */
  remove(alertId: string, file: string): Promise<void>;
  /** All files of an alert, in order of their names. */
  list(alertId: string): Promise<StoredFile[]>;
}

/** Other bytes than those to be written are stored under the name. */
export function conflict(alertId: string, file: string): Error {
  return failure(
    'API_EVIDENCE_CONFLICT',
    500,
    `the evidence store holds other bytes as ${alertId}/${file}: they stay, find out who wrote them`,
  );
}
