import { figure, table } from "../shared/table.ts";
import { checkTimeRatio, type Measurement } from "./measure.ts";
import { orpc } from "./programs/orpc.ts";

/** So many times the events, or models, are as many times the instantiations, give or take 10 %. */
const growthTolerance = 0.1;

type Key = Pick<Measurement, "name" | "errors" | "events">;

export function find(all: Measurement[], { name, errors, events }: Key): Measurement {
  const found = all.find((one) => one.name === name && one.errors === errors && one.events === events);
  if (!found) throw new Error(`${name} was not measured with ${events} events`);
  return found;
}

/** What each application costs, the fixed cost included; `× oRPC` is the ratio to the same one written with oRPC. */
export function costTable(all: Measurement[]): string {
  const rows = all.filter(({ events }) => events > 0).toSorted((a, b) => Number(a.errors) - Number(b.errors));
  return table(
    [
      { title: "application", align: "left" },
      { title: "events", align: "right" },
      { title: "instantiations", align: "right" },
      { title: "× oRPC", align: "right" },
      { title: "types", align: "right" },
      { title: "check s", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "× oRPC", align: "right" },
      { title: "total s", align: "right" },
      { title: "MB", align: "right" },
    ],
    rows.map((row) => {
      const peer = find(all, { ...row, name: orpc.name });
      return [
        titleOf(row),
        whole(row.events),
        whole(row.instantiations),
        figure(row.instantiations / peer.instantiations),
        whole(row.types),
        ...[row.checkTime.median, row.checkTime.min, row.checkTime.max].map(figure),
        figure(checkTimeRatio(row, peer)),
        figure(row.totalTime.median),
        whole(row.memory.median / 2 ** 20),
      ];
    }),
  );
}

/** The fixed cost, what one more event costs beyond 100, and whether that stays the same as they become more. */
export function growthTable(all: Measurement[]): string {
  return table(
    [
      { title: "application", align: "left" },
      { title: "without events", align: "right" },
      { title: "check s", align: "right" },
      { title: "instantiations per event", align: "right" },
      { title: "types", align: "right" },
      { title: "check ms", align: "right" },
      { title: "100 to 1,000", align: "right" },
      { title: "growth", align: "left" },
    ],
    all.filter(({ events }) => events === 0).map((fixed) => growthRow(all, fixed)),
  );
}

function growthRow(all: Measurement[], fixed: Measurement): string[] {
  const hundred = find(all, { ...fixed, events: 100 });
  const thousand = find(all, { ...fixed, events: 1_000 });
  const perEvent = (of: (one: Measurement) => number) => (of(thousand) - of(hundred)) / 900;
  const { ratio, linear } = growth(fixed, hundred, thousand);
  return [
    titleOf(fixed),
    whole(fixed.instantiations),
    figure(fixed.checkTime.median),
    whole(perEvent(({ instantiations }) => instantiations)),
    whole(perEvent(({ types }) => types)),
    figure(perEvent(({ checkTime }) => checkTime.median * 1_000)),
    `× ${figure(ratio)}`,
    linear ? "linear" : "NOT LINEAR",
  ];
}

/** What models cost, the fixed cost included, and what each of them costs beyond it. */
export function modelTable(all: Measurement[]): string {
  const [fixed] = all as [Measurement];
  return table(
    [
      { title: "models of 20 columns", align: "right" },
      { title: "instantiations", align: "right" },
      { title: "types", align: "right" },
      { title: "check s", align: "right" },
      { title: "min", align: "right" },
      { title: "max", align: "right" },
      { title: "instantiations per model", align: "right" },
      { title: "check ms", align: "right" },
      { title: "MB", align: "right" },
    ],
    all.map((row) => {
      const perModel = (of: (one: Measurement) => number) => (of(row) - of(fixed)) / row.events;
      return [
        whole(row.events),
        whole(row.instantiations),
        whole(row.types),
        ...[row.checkTime.median, row.checkTime.min, row.checkTime.max].map(figure),
        row.events > 0 ? whole(perModel(({ instantiations }) => instantiations)) : "",
        row.events > 0 ? figure(perModel(({ checkTime }) => checkTime.median * 1_000)) : "",
        whole(row.memory.median / 2 ** 20),
      ];
    }),
  );
}

/** How much more `large` costs than `small`, beyond the fixed cost, and whether that is what its size says. */
export function growth(
  fixed: Measurement,
  small: Measurement,
  large: Measurement,
): { ratio: number; linear: boolean } {
  const beyond = ({ instantiations }: Measurement) => instantiations - fixed.instantiations;
  const ratio = beyond(large) / beyond(small);
  const expected = large.events / small.events;
  return { ratio, linear: Math.abs(ratio / expected - 1) <= growthTolerance };
}

const titleOf = ({ name, errors }: Measurement): string => (errors ? `${name}, 1 in 5 with errors` : name);

const whole = (value: number): string => Math.round(value).toLocaleString("en");
