import { type AlertMessage, type Finding, type Reservation, type ReservedStill } from '@safecity/contracts';
import { type Bus } from '@safecity/platform';
export declare function aFinding(changes?: Partial<Finding>): Finding;
export declare function anAlert(changes?: Partial<AlertMessage>): AlertMessage;
/** The next message of the same alert. */
export declare function nextRevision(message: AlertMessage, changes?: Partial<AlertMessage>): AlertMessage;
export declare const JPEG: Buffer<ArrayBuffer>;
export declare function aStill(moment: string, bytes?: Buffer): ReservedStill;
/** A stand-in for an ingest worker's internal HTTP: one reservation, stills, live video. */
export interface FakeIngest {
  reservation: Reservation | null;
  pictures: Map<string, Buffer>;
  /** Sends a message to every live viewer. */
  live(message: Uint8Array): void;
  viewers(): number;
  requests: string[];
  close(): Promise<void>;
}
export declare function startFakeIngest(bus: Bus, key: Buffer, cameraIds: string[]): Promise<FakeIngest>;
