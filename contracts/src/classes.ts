/**
 * Object classes that leave `ingest`. Names are COCO's; a model whose catalogue entry uses others maps them there.
 * Everything else that a detector reports (airplane, kite ...) is dropped by the class filter.
 */
export const OBJECT_CLASSES = [
  'person',
  'bicycle',
  'motorcycle',
  'car',
  'bus',
  'truck',
  'train',
  'fire',
  'smoke',
  'backpack',
  'handbag',
  'suitcase',
] as const;
export type ObjectClass = (typeof OBJECT_CLASSES)[number];

/**
 * Groups of classes that rules use. A broken-down truck flips between truck, bus and train from frame to frame,
 * so rules about standing vehicles take the group, and the tracker lets a track change class within its group.
 */
export const CLASS_GROUPS = {
  person: ['person'],
  'two-wheeler': ['bicycle', 'motorcycle'],
  'large-vehicle': ['bus', 'truck', 'train'],
  vehicle: ['car', 'bus', 'truck', 'train'],
  'road-vehicle': ['bicycle', 'motorcycle', 'car', 'bus', 'truck', 'train'],
  bag: ['backpack', 'handbag', 'suitcase'],
} as const satisfies Record<string, readonly ObjectClass[]>;
export type ClassGroup = keyof typeof CLASS_GROUPS;

/** Names for people: Vietnamese first. */
export const CLASS_NAMES: Record<ObjectClass, { vi: string; en: string }> = {
  person: { vi: 'người', en: 'person' },
  bicycle: { vi: 'xe đạp', en: 'bicycle' },
  motorcycle: { vi: 'xe máy', en: 'motorcycle' },
  car: { vi: 'ô tô con', en: 'car' },
  bus: { vi: 'xe buýt', en: 'bus' },
  truck: { vi: 'xe tải', en: 'truck' },
  train: { vi: 'xe cỡ lớn', en: 'large vehicle' },
  fire: { vi: 'lửa', en: 'fire' },
  smoke: { vi: 'khói', en: 'smoke' },
  backpack: { vi: 'ba lô', en: 'backpack' },
  handbag: { vi: 'túi xách', en: 'handbag' },
  suitcase: { vi: 'va li', en: 'suitcase' },
};

export const VEHICLE_COLOURS = ['white', 'grey', 'black', 'red', 'orange', 'yellow', 'green', 'blue', 'brown'] as const;
/** Name of the colour that a vehicle's body has, of a two-wheeler the machine's and not its rider's; silver is grey. */
export type VehicleColour = (typeof VEHICLE_COLOURS)[number];
