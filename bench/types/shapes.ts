interface Field {
  name: string;
  schema: string;
  /** A value of it; an optional field is left out. */
  sample?: string;
}

const fields: Field[] = [
  { name: "title", schema: "z.string()", sample: '"A title"' },
  { name: "quantity", schema: "z.number()", sample: "3" },
  { name: "note", schema: "z.string().optional()" },
  { name: "tags", schema: "z.array(z.string())", sample: '["new"]' },
  { name: "status", schema: 'z.enum(["open", "paid", "sent"])', sample: '"open"' },
  { name: "email", schema: "z.string()", sample: '"somebody@example.com"' },
  { name: "price", schema: "z.number()", sample: "9.5" },
  { name: "discount", schema: "z.number().optional()" },
];

/** Source text of a zod object of three to five fields, the first of which is a string `id`. */
export interface Shape {
  schema: string;
  /** A value of it with this expression as its `id`. */
  sample(id: string): string;
}

/** The `n`th shape. Neighbours differ, and every third shape has a field name that no other has. */
export function shape(n: number): Shape {
  const chosen = Array.from({ length: 2 + (n % 3) }, (_, i) => field(n, i));
  return {
    schema: `z.object(${literal([["id", "z.string()"], ...chosen.map((f) => [f.name, f.schema])])})`,
    sample: (id) => literal([["id", id], ...chosen.map((f) => [f.name, f.sample])]),
  };
}

function field(n: number, position: number): Field {
  const one = fields[(n * 3 + position) % fields.length] as Field;
  return n % 3 === 0 && position === 0 ? { ...one, name: `${one.name}${n}` } : one;
}

function literal(entries: (readonly (string | undefined)[])[]): string {
  const given = entries.filter(([, value]) => value !== undefined);
  return `{ ${given.map(([name, value]) => `${name}: ${value}`).join(", ")} }`;
}
