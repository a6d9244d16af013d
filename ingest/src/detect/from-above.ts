/**
 * What detectors trained on pictures from the side call a vehicle that they see from right above. Such things are never as
 * big as a car in the view of a camera over a road.
 */
const VEHICLES_FROM_ABOVE: readonly string[] = ['cell phone', 'parking meter', 'remote', 'suitcase'];

/**
 * A model as a camera uses it: on one that looks straight down, the classes for which detectors take vehicles there count
 * as `car`. The model's own classes stay in their places.
 */
export function modelOfView<M extends { classes: readonly string[] }>(model: M, { fromAbove }: { fromAbove?: boolean }): M {
  if (fromAbove !== true) return model;
  return { ...model, classes: model.classes.map((name) => (VEHICLES_FROM_ABOVE.includes(name) ? 'car' : name)) };
}
