import { formatTraceparent, parseTraceparent } from "tsmodules/tracing";
import { describe, expect, it } from "vitest";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("traceparent", () => {
  it.each([
    { text: `00-${TRACE}-${SPAN}-01`, sampled: true, random: false, why: "the sampled flag" },
    { text: `00-${TRACE}-${SPAN}-00`, sampled: false, random: false, why: "no flags" },
    { text: `00-${TRACE}-${SPAN}-02`, sampled: false, random: true, why: "the random flag of Level 2" },
    { text: `00-${TRACE}-${SPAN}-03`, sampled: true, random: true, why: "both flags" },
    {
      text: `00-${TRACE}-${SPAN}-ff`,
      sampled: true,
      random: true,
      why: "flags that nobody knows are ignored",
    },
    { text: `01-${TRACE}-${SPAN}-01`, sampled: true, random: false, why: "a version to come" },
    {
      text: `cc-${TRACE}-${SPAN}-01-what-else`,
      sampled: true,
      random: false,
      why: "more fields in a version to come",
    },
  ])("is continued: $why", ({ text, sampled, random }) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled, random });
  });

  it.each([
    [undefined, "there is none"],
    ["", "it is empty"],
    [`ff-${TRACE}-${SPAN}-01`, "version ff is forbidden"],
    [`00-${"0".repeat(32)}-${SPAN}-01`, "the trace id is all zeros"],
    [`00-${TRACE}-${"0".repeat(16)}-01`, "the span id is all zeros"],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, "uppercase"],
    [`00-${TRACE.slice(1)}-${SPAN}-01`, "a short trace id"],
    [`00-${TRACE}0-${SPAN}-01`, "a long trace id"],
    [`00-${TRACE}-${SPAN.slice(1)}-01`, "a short span id"],
    [`00-${TRACE}-${SPAN}-1`, "short flags"],
    [`00-${TRACE}-${SPAN}-011`, "long flags"],
    [`00-${TRACE}-${SPAN}-0g`, "flags that are no hex"],
    [`0-${TRACE}-${SPAN}-01`, "a short version"],
    [`0x-${TRACE}-${SPAN}-01`, "a version that is no hex"],
    [`00-${TRACE}-${SPAN}-01-extra`, "version 00 has four fields"],
    [`01-${TRACE}-${SPAN}-01extra`, "a later version separates its fields"],
    [`00-${TRACE}-${SPAN}`, "flags are missing"],
    [` 00-${TRACE}-${SPAN}-01`, "space around it"],
    [`00_${TRACE}_${SPAN}_01`, "wrong separators"],
    [`00-${TRACE}-${SPAN}-01\n`, "a line break"],
  ])("%j is ignored: %s", (text, _why) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  it("is written as it is read", () => {
    for (const flags of ["00", "01", "02", "03"]) {
      const text = `00-${TRACE}-${SPAN}-${flags}`;
      const parsed = parseTraceparent(text);
      expect(parsed && formatTraceparent(parsed)).toBe(text);
    }
  });
});
