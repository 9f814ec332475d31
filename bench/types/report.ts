import { figure, table } from "../shared/table.ts";
import { checkTimeRatio, type Measurement } from "./measure.ts";
import { orpc } from "./programs/orpc.ts";

/** Ten times the events are ten times the instantiations, give or take 10 %. */
const linearGrowth = { min: 9, max: 11 };

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
  const ratio =
    (thousand.instantiations - fixed.instantiations) / (hundred.instantiations - fixed.instantiations);
  const linear = ratio >= linearGrowth.min && ratio <= linearGrowth.max;
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

const titleOf = ({ name, errors }: Measurement): string => (errors ? `${name}, 1 in 5 with errors` : name);

const whole = (value: number): string => Math.round(value).toLocaleString("en");
