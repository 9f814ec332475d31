import type { Configuration } from "@mikro-orm/core";
import {
  AbstractSqlDriver,
  BaseSqliteConnection,
  type Column,
  SqlitePlatform,
  SqliteSchemaHelper,
  type TableDifference,
} from "@mikro-orm/sql";

/** Writes schemas of SQLite; it is never connected. */
export class SqliteSchemaDriver extends AbstractSqlDriver {
  constructor(config: Configuration) {
    super(config, new RebuildingPlatform(), BaseSqliteConnection, ["kysely"]);
  }
}

class RebuildingPlatform extends SqlitePlatform {
  protected override readonly schemaHelper: SqliteSchemaHelper = new RebuildingSchemaHelper(this);
}

/** A change for which MikroORM makes the table anew. */
const REBUILD = { removedChecks: { rebuild: { name: "rebuild", expression: "" } } };

/** How MikroORM fills the table that takes another's place. */
const COPY = /^insert into `[^`]+__temp_alter` select /;

/**
 * SQLite alters little of a table: a new one takes its rows and its place. MikroORM puts null in every new column,
 * also where there is a default or the values have another name, and switches foreign keys off by a pragma, which does
 * nothing inside of a transaction; whoever runs migrations does it before. Nor does it say that an index or a trigger is
 * dropped, which goes with the old table: whoever runs migrations keeps those of which nobody says so.
 */
class RebuildingSchemaHelper extends SqliteSchemaHelper {
  override alterTable(difference: TableDifference, safe?: boolean): string[] {
    const asked = isBeyondAlter(difference) ? { ...difference, ...REBUILD } : difference;
    const statements = super.alterTable(asked, safe);
    if (!statements.some((statement) => COPY.test(statement))) return statements;
    return [
      ...this.drops(difference),
      ...statements
        .filter((statement) => !statement.startsWith("pragma foreign_keys"))
        .map((statement) => (COPY.test(statement) ? this.copy(difference) : statement)),
    ];
  }

  private drops({ name, fromTable, ...difference }: TableDifference): string[] {
    return [
      ...Object.values(difference.removedIndexes).map((index) => this.dropIndex(name, index)),
      ...Object.entries(difference.renamedIndexes).map(([former, index]) =>
        this.dropIndex(name, index, former),
      ),
      ...Object.values(difference.removedTriggers).map((trigger) => this.dropTrigger(fromTable, trigger)),
    ];
  }

  private copy({ fromTable, toTable, renamedColumns }: TableDifference): string {
    const formerNames = new Map(Object.entries(renamedColumns).map(([former, { name }]) => [name, former]));
    const columns = toTable.getColumns().filter(({ generated }) => !generated);
    const value = (column: Column) => {
      const former = formerNames.get(column.name) ?? column.name;
      return fromTable.getColumn(former) ? this.quote(former) : (column.default ?? "null");
    };
    const names = columns.map(({ name }) => this.quote(name)).join(", ");
    const values = columns.map(value).join(", ");
    const [made, old] = [`${toTable.name}__temp_alter`, toTable.name].map((name) => this.quote(name));
    return `insert into ${made} (${names}) select ${values} from ${old};`;
  }
}

/** What SQLite refuses though MikroORM asks it: values that have to be there or to be computed, a column that refers. */
function isBeyondAlter({ addedColumns, removedForeignKeys }: TableDifference): boolean {
  return (
    Object.keys(removedForeignKeys).length > 0 ||
    Object.values(addedColumns).some(({ nullable, default: value }) =>
      value === undefined || value === null ? !nullable : /^\(|^current_/i.test(value),
    )
  );
}
